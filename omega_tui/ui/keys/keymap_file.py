"""A trader's own keymap: a TOML file that names a shipped one and other keys for some bindings.

    preset = "verb"

    [keys]
    "view.market" = "w"                 # one key, or several: ["w", "ctrl+w"]; [] takes it off the keyboard
    "command.half" = "Q"                # a command of the table [commands], on a key

Every mistake is an error that says file, line, key, what was found and what is allowed; nothing of a file
with a mistake is used.
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from omega_tui.config.folders import config_path
from omega_tui.config.loading import LoadedConfig
from omega_tui.errors import ConfigError
from omega_tui.settings import closest, found
from omega_tui.text import safe_text
from omega_tui.toml_source import key_lines, parse_toml, read_file
from omega_tui.ui.keys.key_names import named, why_unknown, written
from omega_tui.ui.keys.keymap import Bind, Context, Group, Keymap
from omega_tui.ui.keys.keymap_presets import PRESETS, shipped

FILE_NAME = "keymap.toml"
"""Beside the configuration file, where `ui.keymap_file` names no other."""

COMMAND = "command."
"""What the id of a binding to a user's command begins with."""

MOST_KEYS = 9
"""Of one binding."""


def keymap_path(loaded: LoadedConfig, environ: Mapping[str, str]) -> Path | None:
    """Return where the keymap file is: where the configuration says, else beside it if there is one."""
    if loaded.config.ui.keymap_file:
        return Path(loaded.config.ui.keymap_file)
    beside = (loaded.path or config_path(environ)).with_name(FILE_NAME)
    return beside if beside.is_symlink() or beside.exists() else None


def load_keymap(
    path: Path | None,
    *,
    preset: str = "verb",
    market_orders: bool = False,
    commands: Mapping[str, str] | None = None,
) -> Keymap:
    """Return the keymap in force.

    Args:
        path: The keymap file; None for none.
        preset: The shipped keymap that is used where the file names none.
        market_orders: Whether the key for market orders is on.
        commands: The user's commands: the command line by the name.

    Raises:
        ConfigError: The file cannot be read, or anything in it is wrong.
    """
    if path is None:
        return shipped(preset, market_orders=market_orders)
    content, _ = read_file(path, key="ui.keymap_file", no_follow=False)
    values, text = parse_toml(content, path)
    return _Reader(path, key_lines(text), commands or {}).keymap(values, preset, market_orders=market_orders)


class _Reader:
    """Turns the values of one file into a keymap, and knows the lines for its complaints."""

    def __init__(self, path: Path, lines: Mapping[tuple[str, ...], int], commands: Mapping[str, str]) -> None:
        self._path = path
        self._lines = lines
        self._commands = commands

    def keymap(self, values: Mapping[str, object], preset: str, *, market_orders: bool) -> Keymap:
        for name in values:
            if name not in {"preset", "keys"}:
                raise self._error((name,), "an unknown key", "preset and the table [keys]")
        chosen = values.get("preset", preset)
        if not isinstance(chosen, str) or chosen not in PRESETS:
            raise self._error(("preset",), found(chosen), " or ".join(PRESETS))
        table = values.get("keys", {})
        if not isinstance(table, dict):
            raise self._error(("keys",), found(table), "a table of keys by binding")
        begun = shipped(chosen, market_orders=market_orders)
        keys: dict[str, tuple[str, ...]] = {}
        more: list[Bind] = []
        for bind_id, raw in self._flat(table):
            of_one = self._keys(bind_id, raw)
            if bind_id.startswith(COMMAND):
                more.append(self._command(bind_id, of_one))
            else:
                self._known(bind_id, begun)
                keys[bind_id] = of_one
        try:
            return begun.rebound(keys, more=more, preset=chosen, source=str(self._path))
        except ConfigError as error:
            path = self._place(error.key)
            raise self._error(path, error.found, error.allowed, key=error.key) from None

    def _flat(self, table: Mapping[str, object]) -> list[tuple[str, object]]:
        """Return the entries with whole ids, also those that were written as TOML's dotted keys."""
        entries: list[tuple[str, object]] = []
        for name, value in table.items():
            if isinstance(value, dict):
                entries += [(f"{name}.{inner}", what) for inner, what in value.items()]
            else:
                entries.append((name, value))
        return entries

    def _keys(self, bind_id: str, raw: object) -> tuple[str, ...]:
        texts = [raw] if isinstance(raw, str) else raw
        allowed = f"a key, as w, F5 or ctrl+w, or a list of up to {MOST_KEYS} of them"
        if not isinstance(texts, list) or len(texts) > MOST_KEYS:
            raise self._error(self._place(bind_id), found(raw), allowed, key=bind_id)
        keys = []
        for text in texts:
            if not isinstance(text, str) or not text:
                raise self._error(self._place(bind_id), found(text), allowed, key=bind_id)
            key = named(text)
            why = why_unknown(key)
            if why and "alt+" not in key and not key.endswith("+enter"):
                raise self._error(self._place(bind_id), f"{found(text)}, {why}", allowed, key=bind_id)
            if key in keys:
                raise self._error(self._place(bind_id), f"{written(key)} twice", "each key once", key=bind_id)
            keys.append(key)
        return tuple(keys)

    def _command(self, bind_id: str, keys: tuple[str, ...]) -> Bind:
        name = bind_id.removeprefix(COMMAND)
        line = self._commands.get(name)
        if line is None:
            allowed = f"command.NAME of {_listed(self._commands)}"
            raise self._error(self._place(bind_id), "a command that is not there", allowed, key=bind_id)
        return Bind(bind_id, keys, Context.TRADE, Group.COMMAND, f"runs :{line}", line=line)

    def _known(self, bind_id: str, begun: Keymap) -> None:
        if begun.bind(bind_id) is None:
            known = [bind.id for bind in begun.binds]
            allowed = closest(bind_id, known)
            raise self._error(self._place(bind_id), "an unknown binding", allowed, key=bind_id)

    def _place(self, bind_id: str) -> tuple[str, ...]:
        """Return the path under which the file has a binding."""
        quoted = ("keys", bind_id)
        return quoted if quoted in self._lines else ("keys", *bind_id.split(".", 1))

    def _error(self, path: Sequence[str], what: str, allowed: str, *, key: str | None = None) -> ConfigError:
        return ConfigError(
            source=self._path,
            key=safe_text(key if key is not None else ".".join(path), max_cells=60),
            line=self._lines.get(tuple(path)),
            found=what,
            allowed=allowed,
        )


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "the table [commands], which is empty"


def written_file(preset: str, keys: Mapping[str, Sequence[str]], *, comment: str = "") -> str:
    """Return the text of a keymap file, which `load_keymap` reads back as it is."""
    lines = [f"# {line}" for line in comment.splitlines()]
    lines += [f'preset = "{preset}"', "", "[keys]"]
    for bind_id in sorted(keys):
        texts = ", ".join(_quoted(key) for key in keys[bind_id])
        lines.append(f'"{bind_id}" = [{texts}]')
    return "\n".join(lines) + "\n"


def _quoted(key: str) -> str:
    """Return a key as a TOML text, by Textual's name, which needs no escape."""
    return f"'{key}'" if key == '"' else f'"{key}"' if key != "\\" else "'\\'"
