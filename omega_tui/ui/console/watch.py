"""The console as far as the watched markets are concerned: which they are, and what they cost a day ago."""

from concurrent.futures import Future
from typing import Final

from omega_tui.domain.commands import WatchInstrument
from omega_tui.domain.events.status import VenuePhase
from omega_tui.domain.instrument import Instrument
from omega_tui.errors import OmegaError
from omega_tui.ui.chart.errand import history_of
from omega_tui.ui.console.alert import AlertApp
from omega_tui.ui.desk.watch_list import MOST, WatchList
from omega_tui.units import NS_PER_S

LOOK_NS: Final = NS_PER_S
"""Between two looks at what the watched markets cost."""
REFUSED_NS: Final = 4 * NS_PER_S


class WatchApp(AlertApp):
    """The console's list of watched markets."""

    _streamed: frozenset[str] = frozenset()
    _looked_ns = 0
    _answer: Future[object] | None = None

    def frame(self) -> None:
        """Look once a second at what is watched, beside everything else."""
        super().frame()
        now_ns = self.mono_ns()
        if now_ns - self._looked_ns >= LOOK_NS:
            self._looked_ns = now_ns
            self._look_at_watched(self.backend.clock.now_ns())

    def _look_at_watched(self, now_ns: int) -> None:
        session, desk = self.session, self.session.desk
        session.changes.look((name, desk.mark(name)) for name in desk.books)
        if self.backend.is_replay:
            return
        watched = session.watch.known(desk.instruments)
        for instrument in watched:
            if instrument.id not in self._streamed and self._is_open(instrument):
                self._streamed |= {instrument.id}
                self.send((WatchInstrument(instrument.id, instrument.venue),), "")
        if self._answer is not None:
            if not self._answer.done():
                return
            answered, self._answer = self._answer, None
            try:
                session.changes.answered(history_of(answered.result()), now_ns=now_ns)
            except OmegaError as error:
                session.changes.refused(error, now_ns=now_ns)
        here = [] if session.instrument is None else [session.instrument]
        question = session.changes.question((*here, *watched), self._is_open, now_ns=now_ns)
        if question is not None:
            self._answer = self.backend.dispatch(question)

    def _is_open(self, instrument: Instrument) -> bool:
        venue = self.session.desk.venues.get(instrument.venue)
        return venue is None or venue.phase is VenuePhase.OPEN

    def watch_from(self, watch: WatchList) -> None:
        """Take over the list of earlier sessions."""
        self.session.watch = watch

    def watch_command(self, argument: str) -> None:
        """Put the market on the ladder on the list; `off` takes it away."""
        known = self.session.instrument
        if known is None:
            self.say("there is no market on the ladder yet", "warn", REFUSED_NS)
        elif argument:
            self._unwatch(known)
        else:
            self._watch_market(known)

    def watch_chosen(self, instrument: Instrument | None) -> None:
        """Put the market that is selected in the list on the trader's own, or take it off."""
        if instrument is None:
            return
        if instrument.id in self.session.watch:
            self._unwatch(instrument)
        else:
            self._watch_market(instrument)
        self.redraw()

    def _watch_market(self, instrument: Instrument) -> None:
        name = self.session.desk.full_name(instrument)
        if self.session.watch.add(instrument, name):
            self.say(f"watched: {name}")
        else:
            self.say(
                f"{MOST} markets are watched already: :watch off drops one",
                "warn",
                REFUSED_NS,
            )

    def _unwatch(self, instrument: Instrument) -> None:
        name = self.session.desk.full_name(instrument)
        was = self.session.watch.drop(instrument.id)
        self.say(f"no longer watched: {name}" if was else f"not watched: {name}")
