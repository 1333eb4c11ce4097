"""The console itself: outline, engine, screen, and a clean end whatever happens.

What takes long to import is imported step by step: Textual behind the outline, and beside it, in a process of
its own, what the engine is made of. An engine that plays a recording has a thread instead.
"""

import argparse
import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from omega_tui import __version__, outline
from omega_tui.cli.chosen_theme import read_theme, write_theme
from omega_tui.cli.commands import commands_help
from omega_tui.cli.exit_codes import DONE, FAILED, REFUSED_HERE
from omega_tui.cli.history import read_history, write_history
from omega_tui.cli.options import FLAGS, add_sim_option, blamed, complain, configuration, parser, recording
from omega_tui.cli.screen_choices import chosen_for, colours_of, is_in_gnu_screen, is_remote, theme_of_sixteen
from omega_tui.cli.sound_command import SoundCommand
from omega_tui.clock import ManualClock, SystemClock
from omega_tui.config.folders import state_folder
from omega_tui.config.loading import LoadedConfig
from omega_tui.config.model import OmegaConfig
from omega_tui.errors import ConfigError, OmegaError, ParsingError
from omega_tui.private_files import make_private_folder
from omega_tui.runtime import garbage
from omega_tui.runtime.garbage import LongLooks
from omega_tui.runtime.hardening import harden, why_not_armed
from omega_tui.runtime.keymap_record import KeymapRecord
from omega_tui.runtime.last_resort import ENGINE_S, LastResort, end_within
from omega_tui.runtime.lineup import VenueSpec, lineup
from omega_tui.secret import Redactor, forget_secrets

if TYPE_CHECKING:
    from omega_tui.runtime.engine import Engine
    from omega_tui.runtime.engine_process import EngineProcess
    from omega_tui.services.base import Platform, Service
    from omega_tui.ui.desk.backend import Backend

log = logging.getLogger(__name__)

SWITCH_S = 0.0001
"""How long one thread may keep the interpreter while another waits for it, at most.

A key passes from the thread that reads the terminal to that of the screen, and an order from that of the
engine to the journal's and back. With the usual 5 ms each of these steps can wait that long for the other.
"""


def run(argv: list[str]) -> int:
    """Run the console on a venue."""
    options = parser(
        "",
        "The console. Without options it trades on embedded exchanges; no account is needed.",
        flags=[flag for flag in FLAGS if flag != "--venue"],
    )
    options.formatter_class = argparse.RawDescriptionHelpFormatter
    options.epilog = commands_help()
    options.add_argument("-V", "--version", action="version", version=f"omega-tui {__version__}")
    add_venue_options(options)
    options.add_argument(
        "--attach",
        metavar="URL",
        help="show the engine of another process over this Redis server, as redis://127.0.0.1:6379/0; "
        "'' takes the configured one",
    )
    options.add_argument("--engine", metavar="NAME", help="which engine there; `engine` by default")
    arguments = options.parse_args(argv)
    try:
        loaded = configuration(arguments)
        venues = lineup(loaded, arguments.venues, arguments.live, is_announced=arguments.sim is not None)
        if arguments.sim is not None:
            from omega_tui.runtime.access import announced  # noqa: PLC0415 - slow, and rarely needed here

            announced(arguments.sim)
    except ConfigError as error:
        return complain("", error)
    if not _has_terminal(""):
        return REFUSED_HERE
    try:
        if arguments.attach is not None:
            return _run_attached(arguments, loaded)
        return _run_live(arguments, loaded, venues)
    except ConfigError as error:
        return complain("", blamed(error, loaded))
    except OmegaError as error:
        return complain("", error)


def add_venue_options(options: argparse.ArgumentParser) -> None:
    """Add what says which venues an engine has."""
    options.add_argument(
        "--record", type=recording, metavar="FILE", help="write every received frame, for replay"
    )
    add_sim_option(options)
    options.add_argument(
        "--venue",
        dest="venues",
        action="append",
        default=[],
        metavar="NAME",
        help="sim, sim-spot, sim-swap (embedded), polymarket, a table [venues.NAME] of the configuration, "
        "or an exchange of the ccxt library, as bitget or bitget-swap; may be given several times",
    )
    options.add_argument(
        "--live",
        action="append",
        default=[],
        metavar="NAME",
        help="trade with real money at this venue; any other real one is view only",
    )


def replay(arguments: argparse.Namespace) -> int:
    """Run the console on a recording."""
    if not _has_terminal("replay"):
        return REFUSED_HERE
    outline.show("REPLAY")
    try:
        return _run_replay(arguments, configuration(arguments))
    except (ConfigError, ParsingError) as error:
        complain("replay", error)
        return REFUSED_HERE


def _has_terminal(command: str) -> bool:
    """Whether there is a terminal for keys and screen, which Textual draws on standard error; or say so."""
    if sys.__stdin__ is not None and sys.__stdin__.isatty() and sys.__stderr__ and sys.__stderr__.isatty():
        return True
    outline.remove()
    program = f"omega-tui {command}".rstrip()
    instead = "replay --headless" if command == "replay" else "markets, book, stream and replay --headless"
    sys.stderr.write(f"{program}: the console needs a terminal; without one there is {instead}\n")
    return False


def _run_live(arguments: argparse.Namespace, loaded: LoadedConfig, venues: tuple[VenueSpec, ...]) -> int:
    """Run the screen here and the engine in a process of its own."""
    gc.disable()
    from omega_tui.runtime.engine_process import EngineProcess, ProcessBackend  # noqa: PLC0415 - as below

    harden()
    state = state_folder_of(loaded)
    engine = EngineProcess(partial(_serve, arguments, loaded, venues, state))
    forget_secrets(os.environ)  # Only the engine signs.
    try:
        redactor = Redactor()
        first = venues[0]
        backend = ProcessBackend(
            engine,
            SystemClock(),
            venue=first.name,
            is_live=first.is_live,
            redactor=redactor,
            painted=lambda: LongLooks(lambda: backend.asked, asyncio.get_running_loop().call_later).start(),
        )
        return _show(engine, backend, loaded, state, redactor, begin=backend.begin)
    finally:
        engine.stop()


def _serve(
    arguments: argparse.Namespace,
    loaded: LoadedConfig,
    venues: tuple[VenueSpec, ...],
    state: Path,
    screen: socket.socket,
) -> None:
    """Be the engine's process: import what it needs, and begin when the screen has painted."""
    from omega_tui.logs import close_logging, configure_logging, install_excepthooks  # noqa: PLC0415 - beside
    from omega_tui.runtime.compose import Plan  # noqa: PLC0415 - the screen's imports, not before them
    from omega_tui.runtime.engine import Engine  # noqa: PLC0415
    from omega_tui.runtime.live import live  # noqa: PLC0415
    from omega_tui.runtime.screen_link import serve_screen  # noqa: PLC0415
    from omega_tui.services.kill_socket import KillSocket, socket_path  # noqa: PLC0415

    redactor = Redactor()
    plan = Plan(
        loaded,
        state,
        arguments.record,
        arguments.sim,
        redactor=redactor,
        no_arming=why_not_armed(os.environ),
        lineup=venues,
    )

    async def compose(platform: "Platform", stack: AsyncExitStack) -> Sequence["Service"]:
        LongLooks(lambda: engine.asked, asyncio.get_running_loop().call_later).start()
        kill = KillSocket(platform, socket_path(state), engine.registry.dispatch)
        return [*await live(plan, platform, stack, engine.adopt), kill]

    clock = SystemClock()
    engine = Engine(compose, clock)
    log_file = configure_logging(loaded.config.log, redactor, folder=state)
    install_excepthooks(redactor, folder=state)
    sys.setswitchinterval(SWITCH_S)
    frame_s = 1 / loaded.config.ui.fps
    leaves = partial(end_within, ENGINE_S, log_file)
    try:
        serve_screen(engine, screen, clock, frame_s=frame_s, redactor=redactor, leaves=leaves)
    finally:
        close_logging()


def state_folder_of(loaded: LoadedConfig) -> Path:
    """Return the state folder and make it, so that a wrong one is known before there is a screen.

    Raises:
        ConfigError: It cannot be made.
    """
    state = state_folder(loaded.config.storage, os.environ)
    try:
        make_private_folder(state)
    except OSError as error:
        found = f"{state}, which cannot be made: {error.strerror}"
        raise ConfigError(
            source="",
            key="storage.state_dir",
            found=found,
            allowed="a folder for what must outlive the program",
        ) from error
    return state


def _run_attached(arguments: argparse.Namespace, loaded: LoadedConfig) -> int:
    """Show an engine of another process.

    Raises:
        ConfigError: The address or the key is wrong, or there is no address.
        BusError: The server or the engine cannot be found.
    """
    from omega_tui.runtime.attaching import attach  # noqa: PLC0415 - it imports the Redis library

    if arguments.venues or arguments.live or arguments.sim or arguments.record:
        raise ConfigError(
            source="flag",
            key="--attach",
            found="an option about venues",
            allowed="none: the engine has the venues",
        )
    harden()
    state, redactor = state_folder_of(loaded), Redactor()
    backend = attach(loaded, arguments.attach, arguments.engine or loaded.config.bus.process, redactor)
    return _show(backend.engine, backend, loaded, state, redactor)


def _run_replay(arguments: argparse.Namespace, loaded: LoadedConfig) -> int:
    gc.disable()
    from omega_tui.runtime.engine import Engine, LocalBackend  # noqa: PLC0415 - behind the outline
    from omega_tui.services.replay import survey  # noqa: PLC0415 - likewise

    clock = ManualClock(survey(arguments.file).start_ns)

    async def compose(platform: "Platform", _stack: AsyncExitStack) -> Sequence["Service"]:
        from omega_tui.runtime.compose import recorded  # noqa: PLC0415 - behind the first paint

        garbage.begin()
        return recorded(loaded, arguments.file, arguments.speed, clock, platform)

    engine = Engine(compose, clock)
    backend = LocalBackend(engine, venue="replay", is_live=False, is_replay=True)
    state = state_folder(loaded.config.storage, os.environ)
    return _show(engine, backend, loaded, state, Redactor())


def _end_by_signals(end: Callable[[int, str], None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda came, _: end(FAILED, signal.Signals(came).name))


def _player(command_line: str) -> SoundCommand | None:
    """Return what plays the trader's sounds; None without one, and at the far end of an ssh connection.

    Raises:
        ConfigError: It is no command line.
    """
    if not command_line or is_remote(os.environ):
        return None
    try:
        return SoundCommand(command_line)
    except ValueError as error:
        raise ConfigError(
            source="configuration",
            key="ui.sound_command",
            found=f"{command_line}: {error}",
            allowed="a command line, as 'play {event}.wav'",
        ) from error


def _look(loaded: LoadedConfig, state: Path) -> tuple[OmegaConfig, bool, str]:
    """Return the configuration with what fits here, whether it names a theme, and which was chosen before."""
    from omega_tui.ui.style.direction import themed, usual  # noqa: PLC0415 - behind the outline
    from omega_tui.ui.style.themes import bundled_files  # noqa: PLC0415 - likewise

    shown = chosen_for(loaded.config.ui, os.environ, drawn_in_line=outline.fitting_glyphs())
    is_set = loaded.sources.get("ui.theme", "default") != "default"
    remembered = read_theme(state, bundled_files())
    if not is_set:
        theme = remembered or themed(shown.theme, usual(os.environ))
        shown = replace(shown, theme=theme_of_sixteen(theme, os.environ) if _has_sixteen_colours() else theme)
    return replace(loaded.config, ui=shown), is_set, remembered


def _has_sixteen_colours() -> bool:
    """Whether the terminal has the usual sixteen colours and no more, as the screen is going to take it."""
    from rich.console import Console  # noqa: PLC0415 - behind the outline

    named = colours_of(os.environ) or os.environ.get("TEXTUAL_COLOR_SYSTEM", "auto")
    return (Console(force_terminal=True).color_system if named == "auto" else named) == "standard"


def _show(  # noqa: PLR0913 - a composition
    engine: "Engine | EngineProcess",
    backend: "Backend",
    loaded: LoadedConfig,
    state: Path,
    redactor: Redactor,
    *,
    begin: Callable[[], None] = lambda: None,
) -> int:
    """Run the screen; when it is gone, stop the engine's services in order, whatever ended it.

    `begin` is called when all of the configuration was found to be right and the first picture is next: an
    engine of another process comes up beside that.
    """
    if colours := colours_of(os.environ):
        os.environ["TEXTUAL_COLOR_SYSTEM"] = colours  # Read when Textual is imported.
    from omega_tui.cli.between_sessions import BetweenSessions  # noqa: PLC0415
    from omega_tui.logs import close_logging, configure_logging, install_excepthooks  # noqa: PLC0415
    from omega_tui.ui.app import make_app  # noqa: PLC0415 - all of this behind the outline
    from omega_tui.ui.commands.command_history import History  # noqa: PLC0415
    from omega_tui.ui.commands.user_commands import commands_path, load_commands  # noqa: PLC0415
    from omega_tui.ui.keys.keymap_file import keymap_path, load_keymap  # noqa: PLC0415
    from omega_tui.ui.keys.keymap_presets import shipped  # noqa: PLC0415

    config, is_set, remembered = _look(loaded, state)
    log_file = configure_logging(config.log, redactor, folder=state)
    install_excepthooks(redactor, folder=state)
    ui = config.ui
    commands = load_commands(commands_path(loaded, os.environ))
    keymap = load_keymap(
        keymap_path(loaded, os.environ),
        preset=ui.keymap,
        market_orders=ui.market_order_key,
        commands=commands,
    )
    history = History(read_history(state), redact=redactor.redact)
    kept = BetweenSessions(state)
    drills = KeymapRecord(
        state, fingerprint=keymap.fingerprint, shipped=shipped("verb").fingerprint, clock=SystemClock()
    )
    player = _player(ui.sound_command)
    sys.setswitchinterval(SWITCH_S)
    app = make_app(
        backend,
        config,
        redactor=redactor,
        keymap=keymap,
        commands=commands,
        history=history,
        layouts=kept.layouts,
        watch=kept.watch,
        drills=drills,
        player=player,
    )
    app.theme_is_configured = is_set
    if not (is_set or remembered or backend.is_replay or os.environ.get("NO_COLOR")):
        app.ask_direction()
    app.leaves = LastResort(log_file).start
    _end_by_signals(app.exit_soon)
    begin()
    log.info("omega-tui %s begins, process %d", __version__, os.getpid())
    try:
        app.run(mouse=not is_in_gnu_screen(os.environ))
    finally:
        left = "it was left" if app.return_code == DONE else "an error"
        log.info("the screen ends: %s", app.ended_by or left)
        garbage.begin()
        write_history(state, history.lines)
        app.keep_layout()
        if app.chosen_theme and not is_set:
            write_theme(state, app.chosen_theme)
        kept.keep(sys.stderr.write)
        if player is not None:
            player.stop()
        ended = engine.stop()
        close_logging()
    if not ended:
        sys.stderr.write("omega-tui: the engine did not stop in time; its journal is safe.\n")
        sys.stderr.flush()
        os._exit(FAILED)
    return app.return_code or DONE
