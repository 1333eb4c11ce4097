"""`omega-tui screenshot`: a screen of the real program, on a seeded exchange whose time is moved by hand.

Nothing is posed but time: the exchange, the feeds, the order gate and the screen are the ones that trade.
What is drawn depends on the seed alone, so a picture changes only when the program does.
"""

import argparse
import asyncio
import io
import logging
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, SVG_EXPORT_THEME
from textual.app import App

from omega_tui.cli.exit_codes import DONE, FAILED
from omega_tui.cli.options import complain, complain_of, configuration, parser
from omega_tui.clock import ManualClock
from omega_tui.config.loading import LoadedConfig
from omega_tui.domain.commands import Arm, Command, PlaceOrder
from omega_tui.domain.orders import OrderRequest
from omega_tui.domain.side import Side
from omega_tui.errors import OmegaError, SimError
from omega_tui.runtime.access import access_of
from omega_tui.runtime.compose import Plan, compose_at
from omega_tui.runtime.engine import Engine, LocalBackend
from omega_tui.services.base import Platform, Service
from omega_tui.sim.catalogue import DEFAULT_MARKETS
from omega_tui.sim.polymarket import STILL_START_NS, EmbeddedExchange
from omega_tui.ui.app import OmegaApp, make_app

log = logging.getLogger("omega_tui")
log.addHandler(logging.NullHandler())  # Without a log file, warnings would go to the terminal.

SCREENS = ("trade", "markets", "help", "system")
HISTORY_S = 600
"""Virtual seconds that the exchange has traded before anybody looks."""

WATCHED_S = 24
"""Virtual seconds that the console watches before the trader acts."""

STEP_S = 0.5
"""Time moves by this, and the engine's clock is that much behind the exchange: nothing then looks late."""

SETTLE_TIMEOUT_S = 30.0
"""Real seconds that one step of virtual time may take to reach the screen."""

QUIET_POLLS = 3
POLL_S = 0.02
"""So many polls without news mean that everything which was sent has arrived."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture.

    Attributes:
        name: File name without its ending.
        columns: Width of the terminal.
        lines: Its height.
        theme: Colour theme.
        screen: One of `SCREENS`.
    """

    name: str
    columns: int
    lines: int
    theme: str
    screen: str


GALLERY = (
    Shot("trade-80x24", 80, 24, "omega-dark", "trade"),
    Shot("trade-120x40", 120, 40, "omega-dark", "trade"),
    Shot("trade-200x60", 200, 60, "omega-dark", "trade"),
    Shot("trade-light-120x40", 120, 40, "omega-light", "trade"),
    Shot("trade-cvd-120x40", 120, 40, "omega-cvd-dark", "trade"),
    Shot("markets-120x40", 120, 40, "omega-dark", "markets"),
    Shot("help-120x40", 120, 40, "omega-dark", "help"),
)
"""What `--all` draws: every picture of the README and of `screenshots/`."""


def run(argv: list[str]) -> int:
    """Draw one screen, or the whole gallery."""
    options = parser("screenshot", "Draw a screen as SVG from a seeded exchange at a fixed time.")
    options.add_argument("out", type=Path, metavar="OUT", help="the SVG file; with --all the folder")
    options.add_argument(
        "--size", type=_size, default=(120, 40), metavar="CxL", help="columns x lines (120x40)"
    )
    options.add_argument("--screen", choices=SCREENS, default="trade", help="which screen (trade)")
    options.add_argument("--all", action="store_true", help="every picture of the gallery")
    arguments = options.parse_args(argv)
    columns, lines = arguments.size
    try:
        loaded = configuration(arguments)
        if arguments.all:
            arguments.out.mkdir(parents=True, exist_ok=True)
        shot = Shot(arguments.out.stem, columns, lines, loaded.config.ui.theme, arguments.screen)
        for one in GALLERY if arguments.all else (shot,):
            svg = draw(one, loaded)
            path = arguments.out / f"{one.name}.svg" if arguments.all else arguments.out
            path.write_text(svg, encoding="utf-8")
    except OmegaError as error:
        return complain("screenshot", error)
    except OSError as error:
        what = f"cannot write {arguments.out}: {error.strerror or error}"
        return complain_of("screenshot", what, FAILED)
    return DONE


def _size(text: str) -> tuple[int, int]:
    columns, _, lines = text.partition("x")
    if not (columns.isdecimal() and lines.isdecimal() and text.isascii()):
        raise argparse.ArgumentTypeError(f"{text!r} is no size; allowed: columns x lines, as 120x40")
    size = int(columns), int(lines)
    if not (20 <= size[0] <= 500 and 5 <= size[1] <= 200):
        raise argparse.ArgumentTypeError(f"{text!r} is out of range; allowed: 20x5 to 500x200")
    return size


def draw(shot: Shot, loaded: LoadedConfig) -> str:
    """Return the picture as SVG.

    Raises:
        ConfigError: There is no such theme.
        SimError: The scene could not be played.
    """
    config = replace(loaded.config, venue="sim", ui=replace(loaded.config.ui, theme=shot.theme))
    with tempfile.TemporaryDirectory(prefix="omega-tui-") as folder:
        stage = Stage(replace(loaded, config=config), Path(folder))
        try:
            return asyncio.run(stage.draw(shot))
        except TimeoutError as error:
            raise SimError("the exchange and the screen did not come to rest in time") from error
        finally:
            stage.engine.stop()


def picture_of(app: App[None]) -> str:
    """Return what is on the screen as SVG, the terminal's own colours as on the ground that the theme is for.

    Textual's own export draws those on a dark ground always.
    """
    width, height = app.size
    console = Console(
        width=width,
        height=height,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        record=True,
        legacy_windows=False,
        safe_box=False,
    )
    console.print(app.screen._compositor.render_update(full=True))  # noqa: SLF001 - as that does, too
    theme = SVG_EXPORT_THEME if app.current_theme.dark else DEFAULT_TERMINAL_THEME
    return console.export_svg(title="omega-tui", theme=theme)


class Stage:
    """The program, with the exchange's time in hand.

    Two clocks: the engine's follows the exchange; the screen's stands still, lest it see a stall.
    """

    def __init__(self, loaded: LoadedConfig, state: Path) -> None:
        self.clock = ManualClock(STILL_START_NS)
        self._screen_clock = ManualClock(STILL_START_NS)
        self._plan = Plan(loaded, state, fresh=True)
        self._exchange: EmbeddedExchange | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.engine = Engine(self._compose, self.clock)
        self._backend = LocalBackend(self.engine, venue="sim", is_live=False)

    async def draw(self, shot: Shot) -> str:
        """Play the scene and return the picture at its end."""
        app = make_app(self._backend, self._plan.loaded.config, clock=self._screen_clock)
        async with app.run_test(size=(shot.columns, shot.lines)) as pilot:
            await self._until(lambda: app.session.book is not None)
            await self._pass(WATCHED_S)
            if shot.screen == "trade":
                await self._trade(app)
            else:
                app.go(shot.screen)
            await pilot.pause()
            app.frame()
            app.redraw()
            await pilot.pause()
            return picture_of(app)

    async def _compose(self, platform: Platform, stack: AsyncExitStack) -> Sequence[Service]:
        sim = self._plan.loaded.config.sim
        exchange = EmbeddedExchange(
            seed=sim.seed, rate=sim.rate, still=True, markets=DEFAULT_MARKETS[: sim.markets], cash=sim.cash
        )
        await stack.enter_async_context(exchange)
        await exchange.advance(HISTORY_S)
        self.clock.advance(HISTORY_S - STEP_S)
        services = compose_at(self._plan, access_of(exchange), platform)
        self._loop = asyncio.get_running_loop()
        self._exchange = exchange
        return services

    async def _trade(self, app: OmegaApp) -> None:
        """Arm, take a position, rest orders on both sides, and let some time pass."""
        session = app.session
        instrument, book = session.instrument, session.book
        if instrument is None or book is None or book.best_bid is None or book.best_ask is None:
            raise SimError("the first market has no touch to trade at; try another seed")
        await self._do(Arm(instrument.venue))
        tick = instrument.tick_size
        for side, price, size in (
            (Side.BUY, book.best_ask + 3 * tick, Decimal(40)),
            (Side.BUY, book.best_bid - 2 * tick, Decimal(25)),
            (Side.SELL, book.best_ask + 4 * tick, Decimal(15)),
        ):
            request = OrderRequest(
                client_order_id="",
                instrument=instrument.id,
                venue=instrument.venue,
                side=side,
                size=size,
                price=price,
            )
            await self._do(PlaceOrder(request))
            await self._pass(2)
        await self._pass(12)

    async def _do(self, command: Command) -> None:
        await asyncio.wrap_future(self._backend.dispatch(command))

    async def _pass(self, seconds: float) -> None:
        """Let virtual time pass, and wait at each step until the screen knows what happened."""
        exchange, loop = self._exchange, self._loop
        assert exchange is not None, "composed before"
        assert loop is not None, "composed before"
        for _ in range(round(seconds / STEP_S)):
            self.clock.advance(STEP_S)
            moved = asyncio.run_coroutine_threadsafe(exchange.advance(STEP_S), loop)
            await asyncio.wrap_future(moved)
            await self._arrived()

    async def _arrived(self) -> None:
        """Wait until everything that the exchange sent so far has been read."""
        streaming = self.engine.registry.get("streaming/sim")
        frames, quiet = -1.0, 0
        async with asyncio.timeout(SETTLE_TIMEOUT_S):
            while quiet < QUIET_POLLS:
                await asyncio.sleep(POLL_S)
                now = streaming.metrics().get("frames_total", 0.0)
                quiet = quiet + 1 if now == frames else 0
                frames = now

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(SETTLE_TIMEOUT_S):
            while not holds():
                if self.engine.failure is not None:
                    raise SimError(f"the engine ended: {self.engine.failure}")
                await asyncio.sleep(POLL_S)
