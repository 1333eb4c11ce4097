"""What the command palette offers: places, markets and looks, and orders in words, which only open the line.

Nothing in it trades or cancels: an order is typed to its end, previewed, and sent by Enter alone.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider, SearchIcon
from textual.widgets import Input

from omega_tui.domain.phrase_grammar import VERBS, is_phrase
from omega_tui.ui.commands.commands import COMMANDS, SCREEN_WORDS, Call

_HARMLESS = ("help", "reconcile", "resync", "volume", "quit")


class ConsolePalette(CommandPalette):
    """Textual's palette, with a cursor that stands still, as in every other line that is typed.

    Its magnifying glass is an emoji, which terminals draw in one cell or in two: `>` stands there instead.
    """

    def on_mount(self) -> None:
        self.query_one(Input).cursor_blink = False
        self.query_one(SearchIcon).icon = ">"


class ConsoleProvider(Provider):
    """Lists calls of the command line that trade nothing, with their arguments filled in."""

    def _calls(self) -> Iterator[tuple[str, str, Callable[[], None]]]:
        """Yield what is shown, what it does, and the function that does it."""
        app = self.app
        run = getattr(app, "run_call", None)
        choices = getattr(app, "choices", None)
        if run is None or choices is None:
            return
        available = choices()
        summaries = {spec.name: spec.summary for spec in COMMANDS}
        calls = [Call(name) for name in _HARMLESS]
        calls += [Call("go", screen) for screen in SCREEN_WORDS]
        calls += [Call("theme", theme) for theme in available.themes]
        calls += [Call("market", market) for market in available.markets]
        for call in calls:
            text = f"{call.name} {call.argument}".strip()
            yield text, summaries[call.name], partial(run, call)

    def _orders(self) -> Iterator[tuple[str, str, Callable[[], None]]]:
        """Yield the beginnings of orders, and the trader's own orders."""
        app = self.app
        begin = getattr(app, "begin_order", None)
        own: Mapping[str, str] = getattr(app, "user_commands", {})
        if begin is None:
            return
        for verb in VERBS:
            yield f"{verb} …", "opens the line; Enter sends what it shows", partial(begin, f"{verb} ")
        for name, line in own.items():
            if is_phrase(line):
                yield name, f"opens the line: {line}", partial(begin, f"{name} ")

    async def discover(self) -> Hits:
        for text, summary, function in self._calls():
            yield DiscoveryHit(text, function, help=summary)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for text, summary, function in (*self._calls(), *self._orders()):
            score = matcher.match(text)
            if score > 0:
                yield Hit(score, matcher.highlight(text), function, help=summary)
