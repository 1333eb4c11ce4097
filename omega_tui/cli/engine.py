"""`omega-tui engine`: the runtime without a screen, for screens and programs on a Redis bus."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from omega_tui.cli.console import add_venue_options, state_folder_of
from omega_tui.cli.exit_codes import DONE, FAILED
from omega_tui.cli.options import FLAGS, blamed, complain, configuration, parser
from omega_tui.cli.output import write
from omega_tui.clock import SystemClock
from omega_tui.config.loading import LoadedConfig
from omega_tui.domain.commands import Disarm
from omega_tui.errors import ConfigError, OmegaError
from omega_tui.logs import close_logging, configure_logging, install_excepthooks
from omega_tui.runtime.attaching import needed_address
from omega_tui.runtime.bus_access import bus_choice, bus_key, write_new_key
from omega_tui.runtime.compose import Plan
from omega_tui.runtime.engine import Engine
from omega_tui.runtime.hardening import harden
from omega_tui.runtime.host import RegistryHost
from omega_tui.runtime.lineup import VenueSpec, lineup
from omega_tui.runtime.live import live
from omega_tui.secret import Redactor
from omega_tui.services.base import Platform, Service

SUSPEND_S = 1.0
"""How long a suspend waits for the engine to take the disarm."""


def run(argv: list[str]) -> int:
    """Run an engine until it is asked to end."""
    options = parser(
        "engine",
        "Feeds, orders and journal without a screen, on a Redis server: `omega-tui --attach` shows them.",
        flags=[flag for flag in FLAGS if flag not in {"--venue", "--theme", "--glyphs", "--ui"}],
    )
    add_venue_options(options)
    options.add_argument(
        "--bus",
        metavar="URL",
        help="as redis://127.0.0.1:6379/0 or unix:///PATH; with a password: in OMEGA_REDIS_URL",
    )
    options.add_argument("--name", metavar="NAME", help="our name on the bus; `engine` by default")
    options.add_argument(
        "--accept-commands",
        action="store_true",
        help="let screens with the same key (bus.key_file) arm, order and cancel; else they only look",
    )
    options.add_argument(
        "--new-key", type=Path, metavar="FILE", help="write a new shared key into FILE and end"
    )
    arguments = options.parse_args(argv)
    try:
        if arguments.new_key is not None:
            write_new_key(arguments.new_key)
            write(f"a new key is in {arguments.new_key}: name it as bus.key_file for engine and screens\n")
            return DONE
        if arguments.name is not None:
            arguments.set.append(f"bus.process={arguments.name}")
        loaded = configuration(arguments)
        venues = lineup(loaded, arguments.venues, arguments.live, is_announced=arguments.sim is not None)
        return _run(arguments, loaded, venues)
    except ConfigError as error:
        return complain("engine", error)
    except OmegaError as error:
        return complain("engine", error)


def _run(arguments: argparse.Namespace, loaded: LoadedConfig, venues: tuple[VenueSpec, ...]) -> int:
    from omega_tui.bus.redis_bus import RedisBus  # noqa: PLC0415 - imports the Redis library
    from omega_tui.services.bus_link import BusLink  # noqa: PLC0415 - likewise

    harden()
    redactor = Redactor()
    choice = bus_choice(
        loaded,
        needed_address(loaded, arguments.bus),
        redactor,
        process=loaded.config.bus.process,
        key=bus_key(loaded),
        accepts_commands=arguments.accept_commands,
        venue=venues[0].name,
        is_live=venues[0].is_live,
    )
    if choice.accepts_commands and choice.key is None:
        raise ConfigError(
            source="flag",
            key="--accept-commands",
            found="no shared key",
            allowed="a key in bus.key_file or OMEGA_BUS_KEY; `omega-tui engine --new-key FILE` makes one",
        )
    state = state_folder_of(loaded)
    bus = RedisBus(choice, SystemClock())

    async def compose(platform: Platform, stack: AsyncExitStack) -> Sequence[Service]:
        plan = Plan(loaded, state, arguments.record, arguments.sim, redactor=redactor, lineup=venues)
        try:
            services = await live(plan, platform, stack, engine.adopt)
        except ConfigError as error:
            raise blamed(error, loaded) from error
        return [*services, BusLink(platform, bus, RegistryHost(engine.registry, bus))]

    clock = SystemClock()
    engine = Engine(compose, clock, Platform(bus, clock, bus.state, bus.cache))
    configure_logging(loaded.config.log, redactor, folder=state)
    install_excepthooks(redactor, folder=state)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    signal.signal(signal.SIGTSTP, lambda *_: _suspend(engine))
    engine.start()
    mode = "takes commands" if choice.accepts_commands else "lets others look"
    names = ", ".join(spec.name for spec in venues)
    write(f"engine {choice.process}: {names} on {choice.address.shown}; {mode}. Ctrl-C ends it.\n")
    try:
        while not ended.wait(0.5) and engine.is_alive:
            pass
    finally:
        stopped = engine.stop()
        close_logging()
    if engine.failure is not None:
        return complain("engine", engine.failure if isinstance(engine.failure, OmegaError) else _bug())
    if not stopped:
        sys.stderr.write("omega-tui engine: it did not stop in time; its journal is safe.\n")
        sys.stderr.flush()
        os._exit(FAILED)
    return DONE


def _suspend(engine: Engine) -> None:
    """Disarm, and then stop as Ctrl-Z means it: nobody knows what the market is when it goes on."""
    with suppress(OmegaError, TimeoutError):
        engine.dispatch(Disarm(None, "the engine was suspended")).result(SUSPEND_S)
    os.kill(os.getpid(), signal.SIGSTOP)


def _bug() -> OmegaError:
    return OmegaError("the engine ended by an error in the program: the log file has it")
