"""What the order language refers to, from what the console shows."""

from decimal import Decimal

from omega_tui.domain.orders import Order
from omega_tui.domain.phrase_amounts import Surroundings
from omega_tui.domain.side import Side
from omega_tui.ui.desk.order_facts import DeskFacts
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.ladder.standing_orders import orders_here
from omega_tui.ui.session.session import Session


def surroundings(session: Session, facts: DeskFacts, frame: PaintedFrame | None) -> Surroundings | None:
    """Return what `$bid`, `50%` and the rest mean now; None while no market is painted.

    Prices are those of the painted frame: what was seen is what is sent.
    """
    known = facts.instrument
    if known is None or frame is None or frame.instrument != known.id:
        return None
    book, position = session.book, session.position
    return Surroundings(
        instrument=known,
        best_bid=frame.best_bid,
        best_ask=frame.best_ask,
        last=book.last_trade_price if book is not None else None,
        cursor=frame.cursor_price if frame.cursor_row is not None else None,
        position=facts.position,
        entry=position.entry_price if position is not None else None,
        size=facts.sizing.size,
        free=_free(session, facts),
        cap_ticks=facts.cross_cap_ticks,
        orders=tuple(orders_here(facts, known)),
        mirrored=tuple(
            order
            for order in facts.orders
            if order.request.instrument == known.complement_id and not order.is_done
        ),
        held=tuple(
            order
            for program in session.desk.programs.values()
            for order in program.held
            if order.instrument == known.id
        ),
        stamp=frame.to_stamp(),
    )


def _free(session: Session, facts: DeskFacts) -> Decimal | None:
    """Return the money that no buying order of ours has claimed; None where the balance is not known."""
    known = facts.instrument
    assert known is not None, "looked at before"
    balance = session.desk.balances.get((known.venue, known.quote))
    if balance is None:
        return None
    claimed = sum(
        (
            order.remaining * order.request.price
            for order in facts.orders
            if order.request.side is Side.BUY
            and order.request.venue == known.venue
            and _quote(session, order) in {known.quote, ""}
        ),
        Decimal(0),
    )
    return max(Decimal(0), balance.total - claimed)


def _quote(session: Session, order: Order) -> str:
    """Return what a working order pays in; empty where that is not known."""
    instrument = session.desk.instruments.get(order.request.instrument)
    return "" if instrument is None else instrument.quote
