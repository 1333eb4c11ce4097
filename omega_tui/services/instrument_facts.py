"""What is known of the instruments of a feed: their rules, their other outcome, and how it is found out."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from omega_tui.bus.base import EventBus
from omega_tui.clock import Clock
from omega_tui.domain.events.market import InstrumentUpdated, MarketResolved, TickSizeChanged
from omega_tui.domain.instrument import Instrument
from omega_tui.errors import VenueError, VenueRefused
from omega_tui.units import NS_PER_S
from omega_tui.venues.polymarket_data import PolymarketData

log = logging.getLogger(__name__)

RETRY_NS: Final = 15 * NS_PER_S
"""When an instrument that could not be described is asked for again."""

CONFIRM_NS: Final = 240 * NS_PER_S
"""So often the rules of what is watched are asked for again; the order gate takes none older than 600 s."""

ONE_BY_ONE: Final = 8
"""Up to so many instruments are asked for one by one, more by the list of all."""


class InstrumentFacts:
    """Learns about instruments, and publishes what is new.

    Attributes:
        failures: Calls that brought nothing usable.
    """

    def __init__(self, data: PolymarketData, *, bus: EventBus, clock: Clock) -> None:
        self.failures = 0
        self._data = data
        self._bus = bus
        self._clock = clock
        self._known: dict[str, Instrument] = {}
        self._as_of_ns: dict[str, int] = {}
        self._not_before_ns: dict[str, int] = {}

    @property
    def known(self) -> Mapping[str, Instrument]:
        """Every instrument that was ever described."""
        return self._known

    def complements(self) -> dict[str, str]:
        """Return the other outcome of every instrument that is known to have one."""
        pairs: dict[str, str] = {}
        for instrument in self._known.values():
            if instrument.complement_id is not None:
                pairs[instrument.id] = instrument.complement_id
                pairs[instrument.complement_id] = instrument.id
        return pairs

    def name(self, token: str) -> str:
        """Return what people call an instrument."""
        known = self._known.get(token)
        return f"{known.base} of {known.name}" if known is not None else f"{token[:12]}…"

    def has_ended(self, token: str) -> bool:
        """Whether the venue is known to take no orders in it any more."""
        known = self._known.get(token)
        return known is not None and not known.active

    def due(self, tokens: Iterable[str]) -> list[str]:
        """Return those that are not described, or not confirmed for long, and may be asked for now."""
        now_ns = self._clock.now_ns()
        return [
            token
            for token in sorted(tokens)
            if self._is_due(token, now_ns) and now_ns >= self._not_before_ns.get(token, 0)
        ]

    def told(self) -> list[InstrumentUpdated]:
        """Return everything that is known, as of when the venue told it."""
        return [InstrumentUpdated(each, self._as_of_ns[each.id]) for each in self._known.values()]

    async def fetch(self, tokens: Iterable[str]) -> None:
        """Describe what can be described now; the rest may be asked for again later."""
        asked_ns = self._clock.now_ns()
        asked = [token for token in tokens if self._is_due(token, asked_ns)]
        try:
            if len(asked) > ONE_BY_ONE:
                wanted = set(asked)
                for instrument in await self._data.fetch_instruments():
                    if instrument.id in wanted or instrument.complement_id in wanted:
                        self._learn(instrument)
            for token in asked:
                if self._as_of_ns.get(token, 0) < asked_ns:
                    await self._fetch_one(token)
        except VenueError as error:
            self.failures += 1
            again_s = RETRY_NS // NS_PER_S
            log.info("instruments could not be described, and are asked about in %d s: %s", again_s, error)
        retry_ns = self._clock.now_ns() + RETRY_NS
        unanswered = (token for token in asked if self._as_of_ns.get(token, 0) < asked_ns)
        self._not_before_ns.update((token, retry_ns) for token in unanswered)

    def note(self, event: TickSizeChanged | MarketResolved) -> None:
        """Bring an instrument up to date with what its feed said."""
        known = self._known.get(event.instrument)
        if known is None:
            return
        if isinstance(event, TickSizeChanged):
            self._learn(replace(known, tick_size=event.new_tick_size))
        else:
            self._learn(replace(known, active=False))

    async def _fetch_one(self, token: str) -> None:
        try:
            for outcome in await self._data.fetch_outcomes(token):
                self._learn(outcome)
        except VenueRefused as error:
            log.info("an instrument is not described: %s", error)

    def _is_due(self, token: str, now_ns: int) -> bool:
        """Whether it is not described, or not confirmed for long; what has ended does not change any more."""
        known = self._known.get(token)
        return known is None or (known.active and now_ns - self._as_of_ns[token] >= CONFIRM_NS)

    def _learn(self, instrument: Instrument) -> None:
        as_of_ns = self._clock.now_ns()
        self._known[instrument.id] = instrument
        self._as_of_ns[instrument.id] = as_of_ns
        self._bus.publish(InstrumentUpdated(instrument, as_of_ns))
