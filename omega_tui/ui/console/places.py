"""The console as far as places are concerned: screens, panes, layouts, and what `g` and a letter shows."""

from typing import Final

from omega_tui.ui.console.drill import DrillApp
from omega_tui.ui.ladder.layouts import listed
from omega_tui.ui.late import alerts_screen, help_screen, markets_screen, portfolio_screen, system_screen
from omega_tui.ui.screens.base import ConsoleScreen

LAYOUTS: Final = {
    1: "trade",
    2: "ladders",
    3: "portfolio",
    4: "markets",
    5: "learn",
    6: "system",
    7: "replay",
}
"""What `g` and a digit shows, where no layout of that name was saved (layouts, rule 6)."""


class PlacesApp(DrillApp):
    """The console's places."""

    def go(  # noqa: C901, PLR0912 - one case per place
        self, target: str, number: int = 0
    ) -> None:
        """Go where a `go.` binding or `:go` says; the trade screen's panes are places too.

        Args:
            target: The place.
            number: Of a layout, which one.
        """
        self.close_line()
        match target:
            case "layout" if self.layouts.get(str(number)) is not None:
                self._to(None)
                self.layout_command(str(number))
            case "layout" if number not in LAYOUTS:
                known = listed(dict.fromkeys((*map(str, LAYOUTS), *self.layouts.names)))
                self.say(f"layout {number} is not saved: there are {known}", "warn")
            case "layout":
                self.go(LAYOUTS[number])
            case "lesson":
                self.open_lesson(self.session.panel.lesson)
            case "quiz":
                self.open_quiz_here()
            case "learn":
                self.open_learning()
            case "tip_away" | "tip_never":
                self.dismiss_tip(never=target == "tip_never")
            case "panel":
                self.hide_panel()
            case "levels":
                self.mark_levels()
            case "chart":
                was_away = self.screen is not self._trading
                self._to(None)
                if was_away and self._trading.shows_chart:
                    return
                if not self._trading.go_chart():
                    self.say("the chart is put away; the same keys bring it back")
            case "alerts":
                self._to(alerts_screen.AlertsScreen(self.session))
            case "ladders":
                self._to(None)
                if len(self.session.places) == 1:
                    self.ladder_command("add")
            case "replay":
                self._to(None)
                if not self.backend.is_replay:
                    self.say("omega-tui replay FILE plays what --record FILE wrote, in this very screen")
            case "portfolio" | "markets" | "system" | "help":
                self._to(_list(target))
            case "volume":
                self.session.reset_volume()
                self.say("volume at price counts from now on")
            case _:
                self._to(None)
                if target in {"tape", "orders", "positions", "log"}:
                    self._trading.pane = target
                if target == "orders":
                    self._next_order()

    def _to(self, screen: ConsoleScreen | None) -> None:
        """Put a screen over the trade screen; None takes away what is over it."""
        self.keys_on_way = 0
        while len(self.screen_stack) > 1 and self.screen is not self._trading:
            self.pop_screen()
        if screen is not None:
            self.push_screen(screen)
        self.session.entry.settle(self._clock.mono_ns(), "the screen has just changed")

    def put_over(self, screen: ConsoleScreen | None) -> None:
        self._to(screen)

    def _next_order(self) -> None:
        price = self.session.next_own_price()
        if price is None:
            self.say("no order of yours is working here")
        else:
            self.session.point(price)


def _list(place: str) -> ConsoleScreen:
    """Return a screen that needs nothing but the picture."""
    match place:
        case "portfolio":
            return portfolio_screen.PortfolioScreen()
        case "markets":
            return markets_screen.MarketsScreen()
        case "system":
            return system_screen.SystemScreen()
        case _:
            return help_screen.HelpScreen()
