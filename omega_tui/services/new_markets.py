"""Reads what is held of a market before the first order in it, where a venue is asked market by market."""

from typing import Final

from omega_tui.clock import Clock
from omega_tui.errors import VenueError
from omega_tui.services.errands import Errands
from omega_tui.services.inquiry import Inquiry
from omega_tui.services.market_view import MarketView
from omega_tui.venues.base import Broker, ByInstrument

NOT_WARM: Final = None


class NewMarkets:
    """Takes up the markets whose books appear, and knows of which the holdings were not read yet.

    Attributes:
        untold: Those, and since when they can be asked for (monotonic clock); `NOT_WARM` not yet.
    """

    def __init__(
        self, broker: Broker, market: MarketView, clock: Clock, errands: Errands, inquiry: Inquiry
    ) -> None:
        self.untold: dict[str, int | None] = {}
        self._broker = broker
        self._market = market
        self._clock = clock
        self._errands = errands
        self._inquiry = inquiry

    def look(self) -> None:
        """Begin to take up what is new."""
        for instrument in self._market.take_fresh():
            if isinstance(self._broker, ByInstrument):
                self.untold[instrument.id] = NOT_WARM
            self._errands.start(self._warm(instrument.id), "warm")

    async def meet(self, instrument: str) -> bool:
        """Take up one that an order is about to be in; return whether the account is to be asked for it.

        Raises:
            VenueError: The venue did not answer.
        """
        self._market.catch_up()
        self.look()
        if instrument not in self.untold:
            return False
        if self.untold[instrument] is NOT_WARM:
            await self._broker.warm(instrument)
            self._is_warm(instrument)
        return instrument in self.untold

    def told(self, asked_ns: int) -> None:
        """Take note that an answer to a question of that time (monotonic clock) is complete."""
        for name in [one for one, ns in self.untold.items() if ns is not NOT_WARM and ns <= asked_ns]:
            del self.untold[name]

    async def _warm(self, instrument: str) -> None:
        try:
            await self._broker.warm(instrument)
        except VenueError:
            self.untold.pop(instrument, None)
            return  # The first order in it asks again, and says so if that fails.
        if self.untold.get(instrument, 0) is NOT_WARM:
            self._is_warm(instrument)
            self._inquiry.want()

    def _is_warm(self, instrument: str) -> None:
        if instrument in self.untold:
            self.untold[instrument] = self._clock.mono_ns()
