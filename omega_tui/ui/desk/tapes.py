"""The public prints that a screen remembers: the last of each instrument, and what traded at each price."""

from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from decimal import Decimal

from omega_tui.domain.instrument import ZERO
from omega_tui.domain.trade import Trade

TAPE_TRADES = 500
"""Prints of an instrument; the oldest goes first."""

PRICES_WITH_VOLUME = 4_096
"""Prices of an instrument with a volume; the one that traded longest ago goes first."""


class Tapes:
    """Prints by instrument."""

    def __init__(self) -> None:
        self._tapes: dict[str, deque[Trade]] = {}
        self._volume: dict[str, OrderedDict[Decimal, Decimal]] = {}

    def of(self, instrument: str) -> Sequence[Trade]:
        """Return the last prints of an instrument, oldest first."""
        return self._tapes.get(instrument, ())

    def last(self, instrument: str) -> Trade | None:
        """Return the newest print; None before the first."""
        tape = self._tapes.get(instrument)
        return tape[-1] if tape else None

    def volume(self, instrument: str) -> Mapping[Decimal, Decimal]:
        """Return the size traded at each price since the anchor."""
        return self._volume.get(instrument, {})

    def reset_volume(self, instrument: str) -> None:
        """Count the volume at price from now on (`gv`)."""
        self._volume.pop(instrument, None)

    def add(self, trade: Trade) -> None:
        """Take up a print."""
        tape = self._tapes.get(trade.instrument)
        if tape is None:
            tape = self._tapes[trade.instrument] = deque(maxlen=TAPE_TRADES)
        tape.append(trade)
        volume = self._volume.get(trade.instrument)
        if volume is None:
            volume = self._volume[trade.instrument] = OrderedDict()
        volume[trade.price] = volume.pop(trade.price, ZERO) + trade.size
        if len(volume) > PRICES_WITH_VOLUME:
            volume.popitem(last=False)
