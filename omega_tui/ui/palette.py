"""What the command palette offers: places, markets and looks. Nothing in it trades or cancels."""

from collections.abc import Callable, Iterator

from textual.command import DiscoveryHit, Hit, Hits, Provider

from omega_tui.ui.commands import COMMANDS, SCREEN_WORDS, Call

_HARMLESS = ("help", "reconcile", "resync", "volume", "quit")


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
            yield text, summaries[call.name], _bound(run, call)

    async def discover(self) -> Hits:
        for text, summary, function in self._calls():
            yield DiscoveryHit(text, function, help=summary)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for text, summary, function in self._calls():
            score = matcher.match(text)
            if score > 0:
                yield Hit(score, matcher.highlight(text), function, help=summary)


def _bound(run: Callable[[Call], None], call: Call) -> Callable[[], None]:
    def function() -> None:
        run(call)

    return function
