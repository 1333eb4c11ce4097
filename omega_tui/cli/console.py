"""The console itself: outline, engine, screen, and a clean end whatever happens.

What takes long to import is imported step by step: Textual behind the outline, the engine's parts in the
engine's thread behind the first paint.
"""

import argparse
import gc
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from omega_tui.cli import outline
from omega_tui.cli.options import DONE, FAILED, complain, configuration, parser
from omega_tui.clock import ManualClock, SystemClock
from omega_tui.config import LoadedConfig, state_folder
from omega_tui.errors import ConfigError, OmegaError, ParsingError

if TYPE_CHECKING:
    from omega_tui.runtime.engine import Engine, LocalBackend
    from omega_tui.services.base import Platform, Service

VIEW_ONLY = ("streaming", "catalogue")


def run(argv: list[str]) -> int:
    """Run the console on a venue."""
    options = parser(
        "", "The console. Without options it trades on an embedded exchange; no account is needed."
    )
    options.add_argument("--record", type=Path, metavar="FILE", help="write every received frame, for replay")
    options.add_argument(
        "--sim", type=Path, metavar="FILE", help="trade on the exchange that `sim --json` announced"
    )
    options.add_argument(
        "--live", metavar="VENUE", help="trade with real money; names the venue, as polymarket"
    )
    arguments = options.parse_args(argv)
    if arguments.live is not None:
        if arguments.live != "polymarket":
            options.error(f"--live takes polymarket, not {arguments.live}")
        arguments.venue = arguments.live
    try:
        loaded = configuration(arguments)
    except ConfigError as error:
        return complain("", error)
    venue = loaded.config.venue
    is_live = venue != "sim" and arguments.live is not None
    shown = outline.show(mode="LIVE" if is_live else "PAPER", venue=venue)
    try:
        return _run_live(arguments, loaded, is_live=is_live)
    except OmegaError as error:
        if shown:
            outline.remove()
        return complain("", error)


def replay(arguments: argparse.Namespace) -> int:
    """Run the console on a recording."""
    shown = False
    try:
        loaded = configuration(arguments)
        shown = outline.show(mode="REPLAY", venue=arguments.file.name)
        return _run_replay(arguments, loaded)
    except (ConfigError, ParsingError) as error:
        if shown:
            outline.remove()
        complain("replay", error)
        return 2


def _run_live(arguments: argparse.Namespace, loaded: LoadedConfig, *, is_live: bool) -> int:
    from omega_tui.runtime.engine import Engine, LocalBackend  # noqa: PLC0415 - behind the outline

    state = state_folder(loaded.config.storage, os.environ)

    async def compose(platform: "Platform", stack: AsyncExitStack) -> Sequence["Service"]:
        from omega_tui.runtime.compose import Plan, live  # noqa: PLC0415 - behind the first paint

        return await live(Plan(loaded, state, arguments.record, arguments.sim), platform, stack)

    names = ("exchange", "streaming", "catalogue") if _may_trade(arguments, loaded) else VIEW_ONLY
    if arguments.record is not None:
        names = ("recorder", *names)
    engine = Engine(compose, SystemClock(), names)
    backend = LocalBackend(engine, venue=loaded.config.venue, is_live=is_live)
    return _show(engine, backend, loaded, state)


def _may_trade(arguments: argparse.Namespace, loaded: LoadedConfig) -> bool:
    """Whether the venue is one at which we can be somebody."""
    config = loaded.config
    return (
        arguments.sim is not None
        or config.venue == "sim"
        or bool(loaded.credentials)
        or bool(config.polymarket.credentials_file)
    )


def _run_replay(arguments: argparse.Namespace, loaded: LoadedConfig) -> int:
    from omega_tui.runtime.engine import Engine, LocalBackend  # noqa: PLC0415 - behind the outline
    from omega_tui.services.replay import survey  # noqa: PLC0415 - likewise

    start_ns, _, _ = survey(arguments.file)
    clock = ManualClock(start_ns)

    async def compose(platform: "Platform", _stack: AsyncExitStack) -> Sequence["Service"]:
        from omega_tui.runtime.compose import recorded  # noqa: PLC0415 - behind the first paint

        return recorded(loaded, arguments.file, arguments.speed, clock, platform)

    engine = Engine(compose, clock, ("streaming",))
    backend = LocalBackend(engine, venue="replay", is_live=False, is_replay=True)
    return _show(engine, backend, loaded, state_folder(loaded.config.storage, os.environ))


def _show(engine: "Engine", backend: "LocalBackend", loaded: LoadedConfig, state: Path) -> int:
    """Run the screen; when it is gone, stop the engine's services in order, whatever ended it."""
    from omega_tui.logs import close_logging, configure_logging, install_excepthooks  # noqa: PLC0415
    from omega_tui.secret import Redactor  # noqa: PLC0415 - all of this behind the outline
    from omega_tui.ui.app import make_app  # noqa: PLC0415

    redactor = Redactor()
    configure_logging(loaded.config.log, redactor, folder=state)
    install_excepthooks(redactor, folder=state)
    app = make_app(backend, loaded.config, redactor=redactor)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: app.call_later(app.exit, return_code=FAILED))
    gc.freeze()
    try:
        app.run()
    finally:
        ended = engine.stop()
        close_logging()
    if not ended:
        sys.stderr.write("omega-tui: the engine did not stop in time; its journal is safe.\n")
        sys.stderr.flush()
        os._exit(FAILED)
    return app.return_code or DONE
