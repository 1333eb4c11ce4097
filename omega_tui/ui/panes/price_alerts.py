"""Price alerts as the screen has them: what waits, what a typed line asks for, and what they are in words."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct

from omega_tui.domain.alert_messages import AlertReached, AlertsChanged, DropAlerts, SetAlert
from omega_tui.domain.alerts import MAX_NOTE, Cross, PriceAlert, cross_of
from omega_tui.domain.events.base import Event
from omega_tui.domain.instrument import Instrument
from omega_tui.domain.phrase_values import Names, price_at
from omega_tui.errors import PhraseError
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.late import phrase_grammar
from omega_tui.ui.panes.status_line import Line, padded
from omega_tui.ui.text.formats import fitted, left, right
from omega_tui.ui.text.words import price_text

DROP: Final = "drop"
ALL: Final = "all"
_THOUSANDS: Final = re.compile(r"(?<=\d),(?=\d{3}(?:\D|$))", re.ASCII)
_WORDS: Final = {Cross.ABOVE: "rises to", Cross.BELOW: "falls to"}
_PRICE: Final = 14


class PriceAlertList:
    """What the engine said of the alerts.

    Attributes:
        waiting: In the order in which they were set.
        last: What was reached last; None for nothing in this session.
    """

    def __init__(self) -> None:
        self.waiting: tuple[PriceAlert, ...] = ()
        self.last: AlertReached | None = None

    def take(self, events: Iterable[Event]) -> list[AlertReached]:
        """Take what is about alerts from events of any kind; return what was reached."""
        reached = []
        for event in events:
            if isinstance(event, AlertsChanged):
                self.waiting = event.alerts
            elif isinstance(event, AlertReached):
                self.last = event
                reached.append(event)
        return reached

    def of(self, instrument: str) -> tuple[PriceAlert, ...]:
        """Return those of one instrument."""
        return tuple(alert for alert in self.waiting if alert.instrument == instrument)

    def at(self, instrument: str, price: Decimal) -> PriceAlert | None:
        """Return the alert at a price; None where nothing waits there."""
        return next((alert for alert in self.of(instrument) if alert.price == price), None)

    def unwatched(self, desk: Desk) -> list[Instrument]:
        """Return the instruments that are waited for and have no book yet: nothing is reached in them."""
        wanted = dict.fromkeys(alert.instrument for alert in self.waiting)
        return [desk.instruments[one] for one in wanted if one in desk.instruments and one not in desk.books]


class AlertLine(Struct, frozen=True):
    """What a typed line asks for: to set one, or to drop what the command says."""

    command: SetAlert | DropAlerts
    said: str


def read_line(
    argument: str, instrument: Instrument | None, market: Decimal | None, names: Names | None
) -> AlertLine:
    """Return what stands after `:alert`.

    Args:
        argument: Not empty.
        instrument: On the ladder.
        market: Its present price; None not known.
        names: What `$bid` and the like mean; None while no book is painted.

    Raises:
        ValueError: It cannot be done; the sentence says why and what may stand there.
    """
    first, _, rest = argument.strip().partition(" ")
    if first == DROP and rest.strip() == ALL:
        return AlertLine(DropAlerts(), "no price is waited for any more")
    if instrument is None:
        raise ValueError("no market is on screen: an alert belongs to one")
    if first == DROP:
        price = _price(rest.strip(), instrument, names)
        return AlertLine(
            DropAlerts(instrument.id, price), f"no alert at {price_text(price, instrument)} any more"
        )
    return setting(instrument, _price(first, instrument, names), market, note=rest.strip())


def setting(instrument: Instrument, price: Decimal, market: Decimal | None, *, note: str = "") -> AlertLine:
    """Return the command to wait for a price, with what is said of it; errors as in `read_line`."""
    if market is None:
        raise ValueError("the market has no price yet: it is not known from which side it would come")
    cross = cross_of(price, market)
    if cross is None:
        raise ValueError(f"the market is at {price_text(price, instrument)} now: choose another price")
    if len(note) > MAX_NOTE:
        raise ValueError(f"a note has at most {MAX_NOTE} characters, not {len(note)}")
    return AlertLine(
        SetAlert(instrument.id, instrument.venue, price, cross, note),
        f"told once when it {_WORDS[cross]} {price_text(price, instrument)}",
    )


def _price(text: str, instrument: Instrument, names: Names | None) -> Decimal:
    if not text:
        raise ValueError("which price? As 64250, 45c or $bid-20t")
    try:
        around = names or Names({}, instrument.tick_size)
        return price_at(phrase_grammar.read_expression(_THOUSANDS.sub("", text)), around).normalize() + 0
    except PhraseError as error:
        raise ValueError(str(error)) from error


def alert_words(alert: PriceAlert, desk: Desk) -> str:
    """Return an alert in words: the market, from where its price comes, and the note."""
    instrument = desk.instruments.get(alert.instrument)
    name = desk.full_name(instrument) if instrument is not None else alert.instrument
    note = f": {alert.note}" if alert.note else ""
    return f"{name} {_WORDS[alert.cross]} {price_text(alert.price, instrument)}{note}"


def reached_words(reached: AlertReached, desk: Desk) -> str:
    """Return what is said when a price is reached."""
    alert = reached.alert
    instrument = desk.instruments.get(alert.instrument)
    name = desk.full_name(instrument) if instrument is not None else alert.instrument
    rose = "rose" if alert.cross is Cross.ABOVE else "fell"
    seen = f", {price_text(reached.price, instrument)} was seen" if reached.price != alert.price else ""
    note = f": {alert.note}" if alert.note else ""
    return f"PRICE {name} {rose} to {price_text(alert.price, instrument)}{seen}{note}"


def alert_rows(
    waiting: Sequence[PriceAlert], desk: Desk, width: int, *, selected: int | None, cursor: str
) -> tuple[Line, ...]:
    """Return one line per alert: market, side, price, how far the market is from it, note."""
    lines = []
    for number, alert in enumerate(waiting):
        is_chosen = number == selected
        instrument = desk.instruments.get(alert.instrument)
        name = desk.full_name(instrument) if instrument is not None else alert.instrument
        room = max(8, min(44, width - 60))
        far, role = _far(alert, desk)
        lines.append(
            padded(
                [
                    Piece(f" {cursor if is_chosen else ' '} ", "cursor"),
                    Piece(left(fitted(name, room, "…"), room), "selected" if is_chosen else ""),
                    Piece(f"  {_WORDS[alert.cross]}", "dim"),
                    Piece(right(price_text(alert.price, instrument), _PRICE), "strong"),
                    Piece(f"  {left(far, 22)}", role),
                    Piece(f"  {alert.note}", ""),
                ],
                width,
            )
        )
    return tuple(lines)


def waiting_lines(waiting: Sequence[PriceAlert], desk: Desk, width: int, at_most: int) -> tuple[Line, ...]:
    """Return the alerts as they stand under the list of markets, with a heading; nothing where none waits."""
    if not waiting or at_most < 3:
        return ()
    shown = waiting if len(waiting) < at_most else waiting[: at_most - 2]
    more = len(waiting) - len(shown)
    lines = [padded([Piece(" ALERTS", "dim")], width)]
    for alert in shown:
        words = fitted(alert_words(alert, desk), max(1, width - 4), "…")
        lines.append(padded([Piece(f"   {words}", "")], width))
    if more:
        lines.append(padded([Piece(f"   and {more} more", "dim")], width))
    return tuple(lines)


def _far(alert: PriceAlert, desk: Desk) -> tuple[str, str]:
    """Return how far the market is from an alert, and how it is written; why nothing can reach it."""
    mark = desk.mark(alert.instrument)
    if alert.instrument not in desk.instruments:
        return "its venue is not open", "warn"
    if mark is None or not mark:
        return "not watched yet", "warn"
    return f"{(alert.price - mark) / mark * 100:+.2f} % from here", "dim"
