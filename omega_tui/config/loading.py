"""Where settings come from: the defaults, the file, the environment, and flags.

The environment overrides the file, flags override the environment, and anything unknown or out of range is an
error. Nothing else in the program reads a setting from the air, and no setting is a secret: those come from
`omega_tui.secret.take_secrets`.

File: `omega-tui/config.toml` in `$XDG_CONFIG_HOME`, one table per section.
Environment: `OMEGA_<SECTION>__<KEY>` in upper case, as `OMEGA_UI__FPS=20`, and `OMEGA_VENUE`. Lists are
comma-separated there, switches are `true` and `false`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from omega_tui.config.folders import config_path
from omega_tui.config.layers import Layers
from omega_tui.config.model import OmegaConfig
from omega_tui.config.venues import NAMED_TABLES, ExchangeEntry
from omega_tui.secret import CREDENTIAL_VARIABLES, MASK
from omega_tui.settings import Setting, as_text

_IN_ORDER = (
    ("streaming.ping_interval_s", "streaming.silence_timeout_s"),
    ("streaming.backoff_initial_s", "streaming.backoff_max_s"),
    ("data_state.live_s", "data_state.stale_s"),
    ("data_state.stale_s", "data_state.quiet_verified_s"),
    *(
        (f"{section}.{low}", f"{section}.{high}")
        for section in ("risk", "risk_live")
        for low, high in (
            ("max_order_notional", "max_position_notional"),
            ("max_position_notional", "max_gross_notional"),
            ("max_open_orders_instrument", "max_open_orders_account"),
            ("orders_per_second", "orders_per_minute"),
            ("orders_per_minute", "orders_per_day"),
        )
    ),
)
"""Pairs of settings of which the second must not be smaller than the first."""


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A configuration and where each value came from.

    Attributes:
        config: The values.
        sources: By dotted key: `default`, `file:LINE`, `env NAME` or `flag --KEY`.
        path: The file that was read; None where there was none.
        credentials: Names of the environment variables that held a secret when this was loaded.
    """

    config: OmegaConfig
    sources: dict[str, str]
    path: Path | None
    credentials: tuple[str, ...]


def known_settings() -> dict[str, tuple[Setting, object]]:
    """Return every setting with its default by dotted key, in the order of the documentation."""
    known: dict[str, tuple[Setting, object]] = {}
    for name, spec, default in _declared(OmegaConfig()):
        if spec is not None:
            known[name] = (spec, default)
            continue
        if name == NAMED_TABLES:
            continue  # Tables that the user names have no settings until they are there.
        for key, inner, value in _declared(default):
            assert inner is not None
            known[f"{name}.{key}"] = (inner, value)
    return known


def load_config(*, path: Path | None, environ: Mapping[str, str], flags: Mapping[str, str]) -> LoadedConfig:
    """Read the configuration: file < environment < flags.

    Args:
        path: The file; it must exist. None: the usual place, where none need be.
        environ: As `os.environ`; only read.
        flags: Values from the command line by dotted key.

    Raises:
        ConfigError: Anything unknown, malformed or out of range; it says where, what, and what is allowed.
    """
    tables = {NAMED_TABLES: {name: (spec, value) for name, spec, value in _declared(ExchangeEntry()) if spec}}
    layers = Layers(known_settings(), home=environ.get("HOME") or str(Path.home()), tables=tables)
    file = config_path(environ) if path is None else path
    read = path is not None or file.is_symlink() or file.exists()
    if read:
        layers.read_file(file)
    layers.read_environment(environ)
    layers.read_flags(flags)
    layers.check_order(_IN_ORDER)
    credentials = tuple(name for name in CREDENTIAL_VARIABLES.values() if name in environ)
    return LoadedConfig(_build(layers.values), layers.sources, file if read else None, credentials)


def describe(loaded: LoadedConfig) -> list[tuple[str, str, str]]:
    """Return key, value as TOML would write it, and source of every setting; a secret is named, not shown."""
    keys = [*known_settings(), *(key for key in loaded.sources if key.startswith(f"{NAMED_TABLES}."))]
    rows = [(key, as_text(_value(loaded.config, key)), loaded.sources[key]) for key in keys]
    names = {variable: name for name, variable in CREDENTIAL_VARIABLES.items()}
    rows += [(f"polymarket.{names[name]}", MASK, f"env {name}") for name in loaded.credentials]
    return rows


def _declared(section: object) -> Iterator[tuple[str, Setting | None, object]]:
    """Yield name, description (None for a section) and value of each field."""
    for entry in fields(section):  # type: ignore[arg-type]  # sections are dataclasses
        spec = entry.metadata.get("setting")
        yield entry.name, spec, getattr(section, entry.name)


def _build(values: Mapping[str, object]) -> OmegaConfig:
    config = OmegaConfig()
    sections: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        section, _, name = key.rpartition(".")
        sections.setdefault(section, {})[name] = value
    top = sections.pop("", {})
    named = {key: sections.pop(key) for key in tuple(sections) if key.startswith(f"{NAMED_TABLES}.")}
    if named:
        top[NAMED_TABLES] = tuple(
            ExchangeEntry(name=key.partition(".")[2], **changes) for key, changes in named.items()
        )
    for section, changes in sections.items():
        top[section] = replace(getattr(config, section), **changes)
    return replace(config, **top)


def _value(config: OmegaConfig, key: str) -> object:
    section, _, name = key.rpartition(".")
    word, _, entry = section.partition(".")
    if word == NAMED_TABLES:
        return getattr(next(one for one in config.venues if one.name == entry), name)
    return getattr(getattr(config, section) if section else config, name)
