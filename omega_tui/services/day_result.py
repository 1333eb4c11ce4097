"""What the day has brought so far, for the day's loss limit."""

from collections.abc import Mapping
from decimal import Decimal

from omega_tui.clock import Clock
from omega_tui.domain.holdings import Holdings
from omega_tui.domain.instrument import ZERO, Instrument
from omega_tui.domain.valuation import dollars_of
from omega_tui.units import NS_PER_DAY


class DayResult:
    """Realized since midnight (UTC), fees taken off, plus how far open positions moved since then.

    A position that was there when the day, or this program, began counts from its first price, so that an old
    loss does not end a new day. What pays in coins counts at what they are worth now; coins that nothing here
    values count as dollars, and the gate lets no order risk more of them.
    """

    def __init__(
        self,
        holdings: Holdings,
        marks: Mapping[str, Decimal],
        instruments: Mapping[str, Instrument],
        clock: Clock,
    ) -> None:
        self._holdings = holdings
        self._marks = marks
        self._instruments = instruments
        self._clock = clock
        self._day = -1
        self._base: dict[str, Decimal | None] = {}

    def begin(self) -> None:
        """Note what is held now as what the day began with; does nothing later in the same day."""
        today = self._clock.now_ns() // NS_PER_DAY
        if today != self._day:
            self._day = today
            self._base = {
                name: None for name, position in self._holdings.positions.items() if position.quantity
            }

    def pnl(self) -> Decimal | None:
        """Return the day's profit or loss in dollars; None before the account was read."""
        if self._day < 0:
            return None
        self.begin()
        gains = self._holdings.gains_since(self._day * NS_PER_DAY)
        for name, position in self._holdings.positions.items():
            mark = self._marks.get(name)
            moved = position.unrealized_pnl(mark) if mark is not None else None
            if moved is None:
                continue
            if name in self._base and self._base[name] is None:
                self._base[name] = moved
            gains[name] = gains.get(name, ZERO) + moved - (self._base.get(name) or ZERO)
        return sum((self._in_dollars(name, gain) for name, gain in gains.items()), ZERO)

    def is_lost(self, limit: Decimal) -> bool:
        """Whether the day's loss has reached `limit`."""
        pnl = self.pnl()
        return pnl is not None and -pnl >= limit

    def _in_dollars(self, name: str, gain: Decimal) -> Decimal:
        worth = dollars_of(gain, self._holdings.positions[name], self._marks, self._instruments)
        return gain if worth is None else worth
