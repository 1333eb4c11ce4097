"""What is noticed of orders, positions, the record, the market and the feed: signals for tips. Pure.

Something is noticed when it begins to be so, not for as long as it is; what was so when the console was
started is not news.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Final

from omega_tui.domain.instrument import ONE, Instrument, InstrumentKind
from omega_tui.domain.orders import Order, OrderStatus
from omega_tui.domain.snapshot import BookSnapshot
from omega_tui.domain.teaching import Finding
from omega_tui.education.binary import FeeRule, parity
from omega_tui.education.signals import Signal
from omega_tui.units import NS_PER_MINUTE

SPREADS: Final = 300
LEAST_SPREADS: Final = 30
"""Looks of which the median is the usual spread, and how many there are at least."""
MOST_REMEMBERED: Final = 1_000
SOON_MINUTES: Final = 60

POSITION_CODES: Final = {
    "STOP_IN_NOISE": ("position.stop_in_noise", "distance"),
    "LIQUIDATION_NEAR": ("position.liquidation_near", "distance"),
    "COST_IN_R": ("order.fee_share", "in_r"),
}
RECORD_CODES: Final = {
    "REVENGE_SIZE": ("record.revenge_size", "times"),
    "LOSING_STREAK": ("record.losing_streak", "losses"),
    "MOVED_STOPS": ("record.moved_stop", "count"),
    "AVERAGING_DOWN": ("record.averaging_down", "size"),
    "LOSERS_HELD": ("record.losers_held", "times"),
}
"""Findings by their codes: which signal each is, and what its number is called in the sentence."""

NAMES: Final = frozenset(
    {
        *(name for name, _ in POSITION_CODES.values()),
        *(name for name, _ in RECORD_CODES.values()),
        "order.wide_spread",
        "order.post_only_rejected",
        "order.partial_fill",
        "market.parity_gap",
        "market.resolves_soon",
        "feed.stale",
        "instrument.new_kind",
    }
)
"""Every signal that comes from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What is looked at, at one instant.

    Attributes:
        now_ns: The wall clock.
        instrument: In focus.
        book: Its book; None without, or where it is not to be trusted.
        mirror: The book of the other outcome; None without.
        orders: Own orders of any market and state, oldest first.
        positions: Findings of the coach about what is held.
        record: Findings of the record.
        stale_s: How old the prices are where that is too old to trade on; None while they are not.
    """

    now_ns: int
    instrument: Instrument
    book: BookSnapshot | None = None
    mirror: BookSnapshot | None = None
    orders: Sequence[Order] = ()
    positions: Sequence[Finding] = ()
    record: Sequence[Finding] = ()
    stale_s: Decimal | None = None


class Notices:
    """Remembers what was so, to tell what has begun since."""

    def __init__(self) -> None:
        self._began_ns = 0
        self._holds: dict[tuple[str, str], Decimal] = {}
        self._orders: dict[str, OrderStatus] = {}
        self._spreads: dict[str, deque[Decimal]] = {}
        self._kind = ""

    def look(self, sight: Sight) -> list[Signal]:
        """Return what has begun since the last look."""
        is_first, self._began_ns = not self._began_ns, self._began_ns or sight.now_ns
        found = [
            *self._begun("order", self._of_orders(sight)),
            *self._begun("held", _of_findings(sight.positions, POSITION_CODES)),
            *self._begun("record", _of_findings(sight.record, RECORD_CODES)),
            *self._begun("spread", self._of_spread(sight)),
            *self._begun("market", _of_market(sight)),
            *self._of_kind(sight),
        ]
        return [] if is_first else found

    def _begun(self, group: str, now: Iterable[tuple[str, Decimal, Signal]]) -> Iterator[Signal]:
        """Yield those of a group that were not there before, or were another number."""
        before = {key: value for key, value in self._holds.items() if key[0] == group}
        for key in before:
            del self._holds[key]
        for name, number, signal in now:
            key = (group, name)
            self._holds[key] = number
            if before.get(key) != number:
                yield signal

    def _of_orders(self, sight: Sight) -> Iterator[tuple[str, Decimal, Signal]]:
        """Yield refusals of post-only orders and first parts, of orders that changed since the beginning."""
        for order in sight.orders[-MOST_REMEMBERED:]:
            if order.ts_changed_ns < self._began_ns:
                continue
            request = order.request
            where = request.instrument
            name = request.client_order_id or order.venue_order_id
            if order.status is OrderStatus.REJECTED and request.post_only:
                values = {"price": request.price}
                yield name, request.price, Signal("order.post_only_rejected", values, where)
            elif order.filled and order.filled < request.size:
                values = {"filled": order.filled, "size": request.size}
                yield f"{name} part", ONE, Signal("order.partial_fill", values, where)

    def _of_spread(self, sight: Sight) -> Iterator[tuple[str, Decimal, Signal]]:
        book = sight.book
        if book is None or book.spread is None:
            return
        spreads = self._spreads.setdefault(sight.instrument.id, deque(maxlen=SPREADS))
        spreads.append(book.spread)
        while len(self._spreads) > 8:
            del self._spreads[next(iter(self._spreads))]
        usual = Decimal(median(spreads))
        if len(spreads) >= LEAST_SPREADS and usual and book.spread > 3 * usual:
            values = {"spread": book.spread, "usual": usual}
            yield sight.instrument.id, ONE, Signal("order.wide_spread", values, sight.instrument.id)

    def _of_kind(self, sight: Sight) -> Iterator[Signal]:
        kind, before = _kind_of(sight.instrument), self._kind
        self._kind = kind
        if before and kind != before:
            yield Signal("instrument.new_kind", {"kind": kind, "before": before}, sight.instrument.id)


def _of_findings(
    found: Sequence[Finding], codes: dict[str, tuple[str, str]]
) -> Iterator[tuple[str, Decimal, Signal]]:
    """Yield the findings that a rule listens to. Of a distance, which always changes, only that it is so."""
    for finding in found:
        name, number = codes.get(finding.code, ("", ""))
        if name and finding.value is not None:
            steady = ONE if codes is POSITION_CODES else finding.value
            key = f"{finding.instrument} {finding.code}"
            yield key, steady, Signal(name, {number: finding.value}, finding.instrument)


def _of_market(sight: Sight) -> Iterator[tuple[str, Decimal, Signal]]:
    instrument = sight.instrument
    if sight.stale_s is not None:
        yield "stale", ONE, Signal("feed.stale", {"age": sight.stale_s}, instrument.id)
    ends = instrument.resolves_at_ns
    if ends is not None and 0 < ends - sight.now_ns < SOON_MINUTES * NS_PER_MINUTE:
        minutes = Decimal((ends - sight.now_ns) // NS_PER_MINUTE)
        yield "soon", ONE, Signal("market.resolves_soon", {"minutes": minutes}, instrument.id)
    gap = _parity_gap(sight)
    if gap is not None:
        yield "gap", ONE, Signal("market.parity_gap", {"gap": gap}, instrument.id)


def _parity_gap(sight: Sight) -> Decimal | None:
    """Return what the two outcomes miss one unit by, fees taken off; None where that is nothing."""
    book, mirror = sight.book, sight.mirror
    if book is None or mirror is None:
        return None
    prices = (book.best_bid, book.best_ask, mirror.best_bid, mirror.best_ask)
    bid_yes, ask_yes, bid_no, ask_no = prices
    if bid_yes is None or ask_yes is None or bid_no is None or ask_no is None:
        return None
    found = parity(
        bid_yes=bid_yes,
        ask_yes=ask_yes,
        bid_no=bid_no,
        ask_no=ask_no,
        fee=FeeRule(sight.instrument.taker_fee_rate),
    )
    gap = max(found.buy_gap, found.sell_gap)
    return gap if gap > 0 else None


def _kind_of(instrument: Instrument) -> str:
    if instrument.price_max == ONE:
        return "prediction"
    return {
        InstrumentKind.SPOT: "spot",
        InstrumentKind.LINEAR: "perpetual",
        InstrumentKind.INVERSE: "inverse",
    }.get(instrument.kind, instrument.kind.value.lower())
