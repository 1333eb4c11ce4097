"""A trader's own commands: a file of names and the lines that they stand for.

    [commands]
    half = "close 50%"
    ladder = "scale buy $1 from $bid to $bid-$2t n 5 po"

`:ladder 0.5 40` then shows `scale buy 0.5 from $bid to $bid-40t n 5 po`, and Enter sends that. Every mistake
is an error at load that says file, line, key, what was found and what is allowed.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from omega_tui.config.folders import config_path
from omega_tui.config.loading import LoadedConfig
from omega_tui.errors import ConfigError, PhraseError
from omega_tui.settings import found
from omega_tui.text import safe_text
from omega_tui.toml_source import key_lines, parse_toml, read_file
from omega_tui.ui.commands.commands import COMMANDS, MAX_LINE
from omega_tui.ui.late import phrase_grammar

FILE_NAME: Final = "commands.toml"
"""Beside the configuration file."""

MOST: Final = 100
"""Commands of one file."""

TABLE: Final = "commands"
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,19}", re.ASCII)
_PLACE: Final = re.compile(r"\$([1-9])", re.ASCII)


def commands_path(loaded: LoadedConfig, environ: Mapping[str, str]) -> Path | None:
    """Return where the commands are: beside the configuration file, if there is such a file."""
    beside = (loaded.path or config_path(environ)).with_name(FILE_NAME)
    return beside if beside.is_symlink() or beside.exists() else None


def load_commands(path: Path | None) -> dict[str, str]:
    """Return the commands of a file, by name; none without a file.

    Raises:
        ConfigError: It cannot be read, or anything in it is wrong.
    """
    if path is None:
        return {}
    raw, _ = read_file(path, key="commands", no_follow=False)
    values, text = parse_toml(raw, path)
    lines = key_lines(text)
    table = values.get(TABLE, {})

    def wrong(key: tuple[str, ...], what: str, allowed: str) -> ConfigError:
        name = safe_text(".".join(key), max_cells=60)
        return ConfigError(source=path, key=name, line=lines.get(key), found=what, allowed=allowed)

    for key in values:
        if key != TABLE:
            raise wrong((key,), "an unknown key", "the table [commands]")
    if not isinstance(table, dict):
        raise wrong((TABLE,), found(table), "a table of names and lines")
    if len(table) > MOST:
        raise wrong((TABLE,), f"{len(table)} commands", f"at most {MOST}")
    return {name: _checked(name, line, wrong) for name, line in table.items()}


def expand(line: str, commands: Mapping[str, str]) -> str:
    """Return the line that a typed one stands for; the same line where it names no command of the trader.

    `$1` to `$9` are the words after the name; what is left over is added at the end.

    Raises:
        ValueError: A word is missing.
    """
    words = line.split()
    template = commands.get(words[0]) if words else None
    if template is None:
        return line
    given = words[1:]
    wanted = max((int(place) for place in _PLACE.findall(template)), default=0)
    if len(given) < wanted:
        raise ValueError(f":{words[0]} wants {wanted} words after it: {template}")
    filled = _PLACE.sub(lambda match: given[int(match[1]) - 1], template)
    return " ".join([filled, *given[wanted:]])


def _checked(name: str, line: object, wrong: Callable[[tuple[str, ...], str, str], ConfigError]) -> str:
    key = (TABLE, name)
    if _NAME.fullmatch(name) is None:
        raise wrong(key, found(name), "a name of small letters, digits and -, at most 20")
    if name in phrase_grammar.VERBS or any(name == spec.name for spec in COMMANDS):
        raise wrong(key, "a name that is taken", "a name that is no command yet")
    if not isinstance(line, str) or not line.strip() or len(line) > MAX_LINE or not line.isprintable():
        raise wrong(key, found(line), f"a command line of at most {MAX_LINE} characters")
    sample = _PLACE.sub("1", line)
    if phrase_grammar.is_phrase(sample):
        try:
            phrase_grammar.read_phrase(sample)
        except PhraseError as error:
            raise wrong(
                key, f"'{safe_text(line, max_cells=60)}', where {error.message}", _allowed(error)
            ) from error
    elif not any(spec.name == sample.split()[0] for spec in COMMANDS):
        raise wrong(key, found(line), "a line that begins with a command, as close, scale or cancel")
    return line


def _allowed(error: PhraseError) -> str:
    return ", ".join(error.allowed) or "an order as the line : takes it"
