"""Settings from a TOML file, the environment and flags, laid over each other; every mistake is an error.

Which settings there are is the caller's knowledge.
"""

import re
import stat
from collections.abc import Iterable, Mapping
from decimal import Decimal
from os import geteuid
from pathlib import Path

from omega_tui.errors import ConfigError
from omega_tui.secret import BUS_VARIABLES, CREDENTIAL_VARIABLES
from omega_tui.settings import BadValueError, Setting, allowed, as_text, closest, found, from_file, from_text
from omega_tui.text import safe_text
from omega_tui.toml_source import key_lines, parse_toml, read_file

ENV_PREFIX = "OMEGA_"

OTHER_VARIABLES = frozenset({"OMEGA_CRASH_AT", *BUS_VARIABLES, *CREDENTIAL_VARIABLES.values()})
"""Variables with our prefix that are no settings."""

_CREDENTIAL = re.compile(
    ENV_PREFIX + r"[A-Z0-9]+(?:_[A-Z0-9]+)*_(API_KEY|API_SECRET|PASSPHRASE|UID|PRIVATE_KEY|WALLET_ADDRESS)"
).fullmatch
"""Variables that hold a part of an exchange's credentials; `venues.credentials` reads them."""

_TABLE_NAME = re.compile(r"[a-z][a-z0-9-]{0,23}").fullmatch
TABLE_NAME_WORDS = "up to 24 small letters, digits and -, a letter first"

_WHOLE_FILE = "(whole file)"
_SECRET_NAME = re.compile(
    r"(private|api|secret|access)_?key|secret|passphrase|passw|mnemonic|_token$|seed_phrase"
)
_NO_SECRETS = (
    "no secrets here, where backups and repositories would spread them: use the variables "
    + ", ".join(CREDENTIAL_VARIABLES.values())
    + " or a file of mode 0600 named by polymarket.credentials_file"
)


def env_name(key: str) -> str:
    """Return the environment variable of a dotted key."""
    return ENV_PREFIX + key.replace(".", "__").upper()


class Layers:
    """Values out of several places, each read after and over the one before.

    Attributes:
        values: By dotted key, typed, without those that were left at their default.
        sources: By dotted key, of every setting: `default`, `file:LINE`, `env NAME` or `flag --KEY`.
    """

    def __init__(
        self,
        known: Mapping[str, tuple[Setting, object]],
        *,
        home: str,
        tables: Mapping[str, Mapping[str, tuple[Setting, object]]] | None = None,
    ) -> None:
        """Begin with nothing but the defaults.

        Args:
            known: Every setting by dotted key.
            home: What `~/` stands for.
            tables: Settings of tables that the user names, as `[venues.NAME]`, by the word before the name.
        """
        self._tables = tables or {}
        self.values: dict[str, object] = {}
        self.sources = dict.fromkeys(known, "default")
        self._known = known
        self._sections = {key.partition(".")[0] for key in known if "." in key}
        self._home = home
        self._file = Path()

    def read_file(self, path: Path) -> None:
        """Take what the TOML file says."""
        self._file = path
        raw, status = read_file(path, key=_WHOLE_FILE, no_follow=False)
        if status.st_uid not in {0, geteuid()} or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            words = f"a file that only you can change, since it sets the limits: chmod go-w {path.name}"
            mine = f"mode {stat.S_IMODE(status.st_mode):04o} of user {status.st_uid}"
            raise ConfigError(source=path, key=_WHOLE_FILE, found=mine, allowed=words)
        content, text = parse_toml(raw, path)
        lines = key_lines(text)
        for name, value in content.items():
            source = f"file:{lines[(name,)]}"
            if name in self._tables:
                self._read_tables(name, value, source, lines)
            elif name not in self._sections:
                self._take(name, value, source)
            elif not isinstance(value, dict):
                raise self._error(name, source, found(value), f"a table, [{name}]")
            else:
                for key, inner in value.items():
                    self._take(f"{name}.{key}", inner, f"file:{lines[name, key]}")

    def _read_tables(
        self, word: str, tables: object, source: str, lines: Mapping[tuple[str, ...], int]
    ) -> None:
        if not isinstance(tables, dict):
            raise self._error(word, source, found(tables), f"tables, as [{word}.NAME]")
        for name, content in tables.items():
            at = f"file:{lines[word, name]}"
            if not _TABLE_NAME(name):
                raise self._error(f"{word}.{name}", at, "a name of another form", TABLE_NAME_WORDS)
            if not isinstance(content, dict):
                raise self._error(f"{word}.{name}", at, found(content), f"a table, [{word}.{name}]")
            for key, value in content.items():
                self._take(f"{word}.{name}.{key}", value, f"file:{lines[word, name, key]}")

    def read_environment(self, environ: Mapping[str, str]) -> None:
        """Take the variables with our prefix."""
        keys = {env_name(key): key for key in self._known}
        for name in sorted(environ):
            if name.startswith(ENV_PREFIX) and name not in OTHER_VARIABLES and not _CREDENTIAL(name):
                if name not in keys:
                    raise self._unknown(name, "environment", [*keys, *OTHER_VARIABLES])
                self._take(keys[name], environ[name], f"env {name}")

    def read_flags(self, flags: Mapping[str, str]) -> None:
        """Take what the command line says."""
        for key, text in flags.items():
            self._take(key, text, f"flag --{key}")

    def check_order(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Refuse a pair of numbers of which the second is smaller than the first."""
        for low, high in pairs:
            least, most = self._get(low), self._get(high)
            if least > most:
                # The one that was set is to blame, the larger one first.
                blamed, other = (low, high) if self.sources[high] == "default" else (high, low)
                relation = "at most" if blamed == low else "at least"
                words = f"{relation} {other}, which is {as_text(self._get(other))} ({self.sources[other]})"
                raise self._error(blamed, self.sources[blamed], as_text(self._get(blamed)), words)

    def _take(self, key: str, raw: object, source: str) -> None:
        declared = self._known.get(key) or self._of_table(key)
        if declared is None:
            raise self._unknown(key, source, self._siblings(key))
        spec, default = declared
        try:
            if isinstance(raw, str) and not source.startswith("file:"):
                self.values[key] = from_text(spec, default, raw, home=self._home)
            else:
                self.values[key] = from_file(spec, default, raw, home=self._home)
        except BadValueError as error:
            raise self._error(key, source, error.found, allowed(spec, default)) from None
        self.sources[key] = source

    def _get(self, key: str) -> Decimal:
        value = self.values.get(key, self._known[key][1])
        assert isinstance(value, int | float | Decimal)
        return Decimal(value)

    def _of_table(self, key: str) -> tuple[Setting, object] | None:
        """Return the setting of a table that the user has named; None where there is none of that key."""
        word, _, rest = key.partition(".")
        name, _, inner = rest.partition(".")
        return self._tables.get(word, {}).get(inner) if _TABLE_NAME(name) else None

    def _siblings(self, key: str) -> list[str]:
        section = key.partition(".")[0]
        if section in self._tables:
            table = key.rpartition(".")[0] if key.count(".") > 1 else f"{section}.NAME"
            return [f"{table}.{inner}" for inner in self._tables[section]]
        if section in self._sections:
            return [known for known in self._known if known.startswith(section + ".")]
        return [
            *(known for known in self._known if "." not in known),
            *sorted({*self._sections, *self._tables}),
        ]

    def _unknown(self, key: str, source: str, known: list[str]) -> ConfigError:
        if _SECRET_NAME.search(key.lower()) is not None:
            return self._error(key, source, "the name of a secret", _NO_SECRETS)
        return self._error(key, source, "an unknown name", closest(key, known))

    def _error(self, key: str, source: str, what: str, words: str) -> ConfigError:
        """Return the error; `source` as in `LoadedConfig.sources`."""
        shown = safe_text(key, max_cells=80)
        if source.startswith("file:"):
            line = int(source.removeprefix("file:"))
            return ConfigError(source=self._file, line=line, key=shown, found=what, allowed=words)
        return ConfigError(source=source, key=shown, found=what, allowed=words)
