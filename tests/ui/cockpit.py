"""A console on a fake backend, driven frame by frame on a clock that stands still between keys."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from fake_backend import FakeBackend, book_event, opening
from textual.pilot import Pilot

from omega_tui.config.model import OmegaConfig
from omega_tui.config.screen import UiConfig
from omega_tui.ui.app import OmegaApp, make_app
from omega_tui.ui.ladder.layouts import LayoutBook
from omega_tui.ui.learn.key_drill import DrillRecord
from omega_tui.ui.widgets.lines import Lines

SIZES = {"small": (80, 24), "medium": (120, 40), "large": (200, 60), "tiny": (50, 16)}


@dataclass
class Cockpit:
    """A running console with its backend and pilot."""

    app: OmegaApp
    backend: FakeBackend
    pilot: Pilot

    async def frame(self, seconds: float = 0.0) -> None:
        """Let time pass in steps that are no stall, then draw what there is and wait until it is painted."""
        while seconds > 0:
            self.backend.clock.advance(min(0.1, seconds))
            seconds -= 0.1
            self.app.frame()
        self.app.frame()
        await self.pilot.pause()
        await self.pilot.pause()

    async def fresh(self) -> None:
        """Let the book on screen be live again at the present time."""
        snapshot = self.app.session.book
        now_ns = self.backend.clock.now_ns()
        self.backend.publish(book_event(replace(snapshot, sequence=snapshot.sequence + 1), now_ns=now_ns))
        await self.frame()

    async def keys(self, *keys: str, gap: float = 0.2) -> None:
        """Press keys one after the other, each `gap` seconds after the one before."""
        for key in keys:
            await self.frame(gap)
            await self.pilot.press(key)
            await self.frame()

    async def type(self, text: str) -> None:
        """Type into the open line."""
        for character in text:
            await self.pilot.press("space" if character == " " else character)
        await self.pilot.pause()

    def lines(self, selector: str) -> list[str]:
        """Return what a pane of lines shows, without the spaces at the ends."""
        pane = self.app.screen.query_one(selector, Lines)
        return ["".join(piece.text for piece in line).rstrip() for line in pane.lines]

    @property
    def strip(self) -> str:
        """Line 2 of the strip."""
        return self.lines("#strip")[1].strip()

    @property
    def header(self) -> str:
        """Both lines of the header."""
        return "\n".join(self.lines("#header"))


def by_hand(app: OmegaApp) -> None:
    """Stop the frames that the app makes by itself: a busy machine would have more of them."""
    for timer in tuple(app._timers):
        if timer.name == "frame":
            timer.stop()


@asynccontextmanager
async def console(
    *setup: Callable[[FakeBackend], None],
    size: str = "medium",
    backend: FakeBackend | None = None,
    opened: bool = True,
    drills: DrillRecord | None = None,
    layouts: LayoutBook | None = None,
    **ui: object,
) -> AsyncIterator[Cockpit]:
    """Run a console; each of `setup` publishes something before the first frame that matters."""
    backend = backend if backend is not None else FakeBackend()
    config = replace(OmegaConfig(), ui=replace(UiConfig(fps=1), **ui))
    app = make_app(backend, config, clock=backend.clock, drills=drills, layouts=layouts)
    async with app.run_test(size=SIZES[size]) as pilot:
        by_hand(app)
        cockpit = Cockpit(app, backend, pilot)
        await cockpit.frame()
        if opened:
            opening(backend)
        for step in setup:
            step(backend)
        await cockpit.frame()
        await cockpit.frame(0.4)
        yield cockpit
