"""The console as far as it waits for prices: a key, a line, a list, and the word when one is reached."""

from typing import Final

from omega_tui.domain.alert_messages import AlertReached, DropAlerts
from omega_tui.domain.alerts import PriceAlert
from omega_tui.domain.commands import WatchInstrument
from omega_tui.ui.console.mouse import MouseApp
from omega_tui.ui.late import surroundings
from omega_tui.ui.panes.price_alerts import AlertLine, alert_words, reached_words, read_line, setting
from omega_tui.units import NS_PER_S

REACHED_NS: Final = 10 * NS_PER_S
"""How long it is said that a price was reached; the log keeps it."""
REFUSED_NS: Final = 4 * NS_PER_S


class AlertApp(MouseApp):
    """The console's price alerts. Nothing of it is an order, whatever the price does."""

    _told: AlertReached | None = None
    _watched: frozenset[str] = frozenset()

    def frame(self) -> None:
        """Say what was reached since the last frame, and have watched what is waited for."""
        super().frame()
        alerts, desk = self.session.alerts, self.session.desk
        if alerts.last is not self._told:
            self._told = alerts.last
            if alerts.last is not None:
                self.say(reached_words(alerts.last, desk), "alarm", REACHED_NS)
                self.redraw()
        if alerts.waiting and not self.backend.is_replay:
            for instrument in alerts.unwatched(desk):
                if instrument.id not in self._watched:
                    self._watched |= {instrument.id}
                    self.send((WatchInstrument(instrument.id, instrument.venue),), "")

    def alert_here(self) -> None:
        """Wait for the price under the cursor, or wait for it no more."""
        session = self.session
        look, instrument = session.look, session.instrument
        price = look.cursor_price if look is not None else None
        if instrument is None or price is None:
            self.say("there is no price under the cursor yet")
            return
        if session.alerts.at(instrument.id, price) is not None:
            self._obey(read_line(f"drop {price:f}", instrument, None, None))
            return
        try:
            self._obey(setting(instrument, price, session.desk.mark(instrument.id)))
        except ValueError as error:
            self.say(str(error), "warn", REFUSED_NS)

    def alert_command(self, argument: str) -> None:
        """Do what stands after `:alert`; nothing shows all that wait."""
        if not argument:
            self.go("alerts")
            return
        session = self.session
        instrument = session.instrument
        around = surroundings.surroundings(session, session.facts(self.backend.clock.now_ns()), self.painted)
        try:
            line = read_line(
                argument,
                instrument,
                session.desk.mark(instrument.id) if instrument is not None else None,
                around.names() if around is not None else None,
            )
        except ValueError as error:
            self.say(str(error), "warn", REFUSED_NS)
            return
        self._obey(line)

    def alert_chosen(self, alert: PriceAlert | None, *, drops: bool) -> None:
        """Drop the alert that is chosen in the list, or show its market with the cursor on it."""
        if alert is None:
            return
        if drops:
            self.send((DropAlerts(alert.instrument, alert.price),), "")
            self.say(f"no longer: {alert_words(alert, self.session.desk)}")
            return
        self.go("trade")
        if alert.instrument in self.session.desk.instruments:
            self.show_market(alert.instrument)
            self.session.point(alert.price)

    def _obey(self, line: AlertLine) -> None:
        if self.backend.is_replay:
            self.say("a recording waits for no price", "warn", REFUSED_NS)
            return
        self.send((line.command,), line.said)
