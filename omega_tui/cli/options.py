"""What every command shares: options that set configuration, and how a run ends."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from omega_tui import outline
from omega_tui.cli.exit_codes import DONE, FAILED, REFUSED_HERE
from omega_tui.config.loading import LoadedConfig, load_config
from omega_tui.errors import ConfigError, OmegaError, OutputError
from omega_tui.text import safe_text

FLAGS: Mapping[str, tuple[str, str, str]] = {
    "--venue": ("venue", "NAME", "sim (the embedded exchange) or polymarket"),
    "--theme": ("ui.theme", "NAME", "colour theme, as omega-dark or omega-light"),
    "--glyphs": ("ui.glyphs", "SET", "auto, unicode, cjk or ascii"),
    "--ui": ("ui.mode", "MODE", "full, or lite over a slow line: no bars or flashes, 5 frames a second"),
    "--seed": ("sim.seed", "N", "seed of the embedded exchange: same seed, same tape"),
    "--rate": ("sim.rate", "N", "its book updates per second, 1 to 5000"),
    "--log-level": ("log.level", "LEVEL", "how much goes to the log file"),
}
"""Short flags of settings: dotted key, placeholder, words. Every other key is reached by `--set`."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose complaint is one sentence and an exit code of 2."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and what to do, and leave."""
        outline.remove()
        sys.stderr.write(f"{self.prog}: {safe_text(message, max_cells=400)}. See {self.prog} --help\n")
        sys.exit(REFUSED_HERE)


def parser(command: str, doc: str, *, flags: Sequence[str] = tuple(FLAGS)) -> Parser:
    """Return a parser with the shared options of configuration."""
    made = Parser(prog=f"omega-tui {command}".strip(), description=doc, allow_abbrev=False)
    made.add_argument("--config", metavar="FILE", type=Path, help="configuration instead of the usual file")
    for flag in flags:
        _, metavar, words = FLAGS[flag]
        made.add_argument(flag, metavar=metavar, help=words)
    made.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], help="any setting, as ui.fps=60"
    )
    return made


def bare_parser(command: str, doc: str) -> Parser:
    """Return a parser for a command that needs no configuration."""
    return Parser(prog=f"omega-tui {command}", description=doc, allow_abbrev=False)


def add_sim_option(options: argparse.ArgumentParser) -> None:
    """Add `--sim FILE`, which means the embedded exchange whatever else is configured."""
    options.add_argument("--sim", type=Path, metavar="FILE", help="the exchange that `sim --json` announced")


def positive(text: str) -> int:
    """Read a whole number of at least 1, as an argument's type."""
    if not (text.isascii() and text.isdecimal() and 0 < len(text) < 10 and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is out of range; allowed: a whole number from 1")
    return int(text)


def recording(text: str) -> Path:
    """Read the name of a file that frames can be appended to, as an argument's type."""
    from omega_tui.services.recorder import why_not_recordable  # noqa: PLC0415 - only who records pays for it

    path = Path(text)
    reason = why_not_recordable(path)
    if reason:
        raise argparse.ArgumentTypeError(f"{text!r} {reason}")
    return path


def configuration(arguments: argparse.Namespace) -> LoadedConfig:
    """Return the effective configuration.

    Raises:
        ConfigError: A file, variable or flag is wrong.
    """
    flags: dict[str, str] = {}
    for flag, (key, _, _) in FLAGS.items():
        value = getattr(arguments, flag.removeprefix("--").replace("-", "_"), None)
        if value is not None:
            flags[key] = value
    for pair in arguments.set:
        key, equals, value = pair.partition("=")
        if not equals:
            raise ConfigError(source="--set", key=safe_text(key), found="no value", allowed="KEY=VALUE")
        flags[key.strip()] = value
    if getattr(arguments, "sim", None) is not None and flags.setdefault("venue", "sim") != "sim":
        found = safe_text(flags["venue"], max_cells=40)
        raise ConfigError(source="flag --sim", key="venue", found=found, allowed="sim with --sim FILE")
    return load_config(path=arguments.config, environ=os.environ, flags=flags)


def blamed(error: ConfigError, loaded: LoadedConfig) -> ConfigError:
    """Return an error about a setting that was found wrong later, with the place that it came from.

    One that knows its line, as that of a keymap file, is right as it is.
    """
    if error.line is not None:
        return error
    kind, _, line = loaded.sources.get(error.key, "").partition(":")
    if kind == "file" and loaded.path is not None:
        return ConfigError(
            source=loaded.path, line=int(line), key=error.key, found=error.found, allowed=error.allowed
        )
    source = loaded.sources.get(error.key, error.source)
    return ConfigError(source=source, key=error.key, found=error.found, allowed=error.allowed)


def complain(command: str, error: OmegaError | OSError) -> int:
    """Write why a command failed and return its exit code."""
    outline.remove()
    program = f"omega-tui {command}".rstrip()
    sys.stderr.write(f"{program}: {safe_text(str(error), max_cells=1_000)}\n")
    return REFUSED_HERE if isinstance(error, ConfigError) else FAILED


def complain_of(command: str, sentence: str, code: int) -> int:
    """Write what is wrong with what a command was given, and return `code`."""
    sys.stderr.write(f"omega-tui {command}: {safe_text(sentence, max_cells=400)}\n")
    return code


def run_until_interrupted(main: Callable[[], Coroutine[None, None, int]], command: str) -> int:
    """Run a headless command to its end, to an interrupt, or until nobody reads its output.

    SIGINT, SIGTERM and a closed pipe are ordinary ways to end a stream: everything is released and the exit
    code is 0.
    """
    import asyncio  # noqa: PLC0415 - 30 ms that the console spends behind its first paint

    async def body() -> int:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None, "a coroutine that runs is in a task"
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        try:
            return await main()
        except asyncio.CancelledError:
            return DONE

    code, trouble = DONE, None
    try:
        code = asyncio.run(body())
    except* BrokenPipeError as group:
        raise BrokenPipeError from group
    except* OmegaError as group:
        trouble = first_error(group)
    if isinstance(trouble, OutputError):
        raise trouble
    return code if trouble is None else complain(command, trouble)


def first_error(group: BaseExceptionGroup[OmegaError]) -> OmegaError:
    """Return the first real error of a group of groups."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, OmegaError), "the group holds nothing else"
    return error
