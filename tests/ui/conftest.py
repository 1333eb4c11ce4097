"""What makes four hundred consoles in a row cheaper than one after the other."""

import asyncio

import pytest
import textual.app
import textual.pilot
from textual.css.stylesheet import Stylesheet

TURNS = 3  # of the loop with nothing to do: what a selector or a thread has comes between two of them
SOON = 0.02  # seconds: the next paint of a screen is due within one sixtieth


async def _until_nothing_is_left_to_do(_min_sleep: float = 0, max_sleep: float = 1) -> None:
    """Return once the loop has nothing to run and no timer that is due at once, or after `max_sleep`.

    Textual looks every fiftieth of a second whether the process was idle meanwhile, which is mostly
    waiting: a key that is pressed takes four of these looks or more.
    """
    loop = asyncio.get_running_loop()
    end, quiet = loop.time() + max_sleep, 0
    while quiet < TURNS and loop.time() < end:
        await asyncio.sleep(0)
        quiet = 0 if loop._ready else quiet + 1
        due = [timer.when() for timer in loop._scheduled if not timer.cancelled()]
        if quiet == TURNS and due and min(due) < loop.time() + SOON:
            await asyncio.sleep(max(0.0, min(due) - loop.time()))
            quiet = 0


@pytest.fixture(scope="session", autouse=True)
def _idle_is_seen_and_not_waited_for():
    """Wait for the end of what a key or a frame set going, not for an idle fiftieth of a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(textual.app, "wait_for_idle", _until_nothing_is_left_to_do)
        patch.setattr(textual.pilot, "wait_for_idle", _until_nothing_is_left_to_do)
        yield


@pytest.fixture(scope="session", autouse=True)
def _sheets_are_parsed_once():
    """Parse a style sheet once for each set of colours, not once for each console."""
    parse_rules, known = Stylesheet._parse_rules, {}

    def remembered(sheet, css, read_from, is_default_rules=False, tie_breaker=0, scope=""):  # noqa: FBT002, PLR0913, PLR0917
        key = (frozenset(sheet._variables.items()), css, read_from, is_default_rules, tie_breaker, scope)
        if key not in known:
            known[key] = parse_rules(sheet, *key[1:])
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "_parse_rules", remembered)
        yield
