"""A small prediction market for tests of what is drawn: ticks of one cent, whole shares."""

from decimal import Decimal

from omega_tui.domain.instrument import Instrument
from omega_tui.domain.integrity import DataState, DataStatus, Integrity, IntegrityState
from omega_tui.domain.orders import Order, OrderRequest, OrderStatus
from omega_tui.domain.side import Side
from omega_tui.domain.snapshot import BookSnapshot, PriceLevel
from omega_tui.ui.ladder.model import LadderModel
from omega_tui.ui.ladder.view import View

CENT = Decimal("0.01")
LIVE = DataStatus(DataState.LIVE, 38_000_000)
STALE = DataStatus(DataState.STALE, 4_200_000_000, "no update, and not verified lately")
VERIFIED = Integrity(IntegrityState.VERIFIED, "hash")

YES = Instrument(
    id="7" * 20,
    venue="sim",
    name="Will it rain in Lisbon?",
    tick_size=CENT,
    min_size=Decimal(5),
    price_min=Decimal(0),
    price_max=Decimal(1),
)
BTC = Instrument(
    id="sim:BTC/USDT", venue="sim", name="BTC/USDT", tick_size=Decimal("0.5"), lot_size=Decimal("0.001")
)


def book(
    bids: dict[int, str], asks: dict[int, str], sequence: int = 1, instrument: Instrument = YES
) -> BookSnapshot:
    """Return a book from sizes by tick."""
    tick = instrument.tick_size
    return BookSnapshot(
        instrument.id,
        tuple(PriceLevel(tick * t, Decimal(bids[t])) for t in sorted(bids, reverse=True)),
        tuple(PriceLevel(tick * t, Decimal(asks[t])) for t in sorted(asks)),
        tick,
        sequence,
    )


def plain_book(best_bid: int = 48, best_ask: int = 52, sequence: int = 1, depth: int = 10) -> BookSnapshot:
    """Return a book with `depth` neighbouring levels on each side."""
    bids = {tick: str(100 + tick) for tick in range(best_bid, max(0, best_bid - depth), -1)}
    asks = {tick: str(200 + tick) for tick in range(best_ask, min(100, best_ask + depth))}
    return book(bids, asks, sequence)


def order(  # noqa: PLR0913
    side: Side,
    tick: int,
    size: str,
    status: OrderStatus = OrderStatus.ACCEPTED,
    *,
    filled: str = "0",
    id_: str = "",
) -> Order:
    """Return one of our orders in `YES`."""
    return Order(
        request=OrderRequest(
            client_order_id=id_ or f"{side}-{tick}-{size}-{status}",
            instrument=YES.id,
            venue="sim",
            side=side,
            size=Decimal(size),
            price=CENT * tick,
        ),
        status=status,
        filled=Decimal(filled),
    )


def model(rows: int = 20, centre: int = 50, **changes: object) -> LadderModel:
    """Return a ladder of `YES` with the cursor on the best bid."""
    values: dict[str, object] = {
        "instrument": YES,
        "book": plain_book(),
        "status": LIVE,
        "integrity": VERIFIED,
        "view": View(0, rows).centred_on(centre),
        "cursor_tick": 48,
        "focused": True,
        "framing": "YES",
    }
    return LadderModel(**(values | changes))
