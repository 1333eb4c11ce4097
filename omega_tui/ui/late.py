"""What nothing of the first picture needs: modules that are imported when something of them is first used.

Importing took longer than all else until the first picture, and half of what was imported showed nothing in
it. A module that is named here is used through its name, as `markets_screen.MarketsScreen`. The screen also
imports them one by one when it has time, so that the first key that wants one does not wait for it.

To a checker of types or of imports they are imported like any other.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

__all__ = [
    "alerts_screen",
    "calc_hand",
    "drill_floor",
    "drill_screen",
    "help_screen",
    "learn_screen",
    "list_screen",
    "markets_screen",
    "order_line",
    "own_numbers",
    "palette",
    "phrase_grammar",
    "portfolio_screen",
    "quiz",
    "quiz_hand",
    "surroundings",
    "system_screen",
]


class Late:
    """A module, imported with the first look at anything in it.

    Belongs to the thread of the screen.
    """

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as a module's own
        found = getattr(import_module(self.__name__), name)
        setattr(self, name, found)
        return found


if TYPE_CHECKING:
    from omega_tui.domain import phrase_grammar
    from omega_tui.education import quiz
    from omega_tui.ui.commands import order_line, palette
    from omega_tui.ui.learn import calc_hand, quiz_hand
    from omega_tui.ui.screens import alerts as alerts_screen
    from omega_tui.ui.screens import drill as drill_screen
    from omega_tui.ui.screens import help as help_screen
    from omega_tui.ui.screens import learn as learn_screen
    from omega_tui.ui.screens import listing as list_screen
    from omega_tui.ui.screens import markets as markets_screen
    from omega_tui.ui.screens import portfolio as portfolio_screen
    from omega_tui.ui.screens import system as system_screen
    from omega_tui.ui.session import drill_floor, own_numbers, surroundings
else:
    phrase_grammar = Late("omega_tui.domain.phrase_grammar")
    order_line = Late("omega_tui.ui.commands.order_line")
    surroundings = Late("omega_tui.ui.session.surroundings")
    list_screen = Late("omega_tui.ui.screens.listing")
    markets_screen = Late("omega_tui.ui.screens.markets")
    help_screen = Late("omega_tui.ui.screens.help")
    alerts_screen = Late("omega_tui.ui.screens.alerts")
    palette = Late("omega_tui.ui.commands.palette")
    portfolio_screen = Late("omega_tui.ui.screens.portfolio")
    system_screen = Late("omega_tui.ui.screens.system")
    own_numbers = Late("omega_tui.ui.session.own_numbers")
    calc_hand = Late("omega_tui.ui.learn.calc_hand")
    quiz = Late("omega_tui.education.quiz")
    quiz_hand = Late("omega_tui.ui.learn.quiz_hand")
    learn_screen = Late("omega_tui.ui.screens.learn")
    drill_floor = Late("omega_tui.ui.session.drill_floor")
    drill_screen = Late("omega_tui.ui.screens.drill")

LATE: Final[tuple[str, ...]] = tuple(
    one.__name__ for one in list(globals().values()) if isinstance(one, Late)
)
"""Their names, those first that a key is likely to want first."""


def import_late() -> Iterator[str]:
    """Import them one after the other; what each step has imported is yielded."""
    for name in LATE:
        import_module(name)
        yield name
