"""Which venues a console has, by name: those that are built in, the trader's own tables, and bare exchanges.

Nothing is connected here, and the exchange library is not imported: whether it knows an exchange is read off
its files.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from omega_tui.config.loading import LoadedConfig
from omega_tui.config.model import OmegaConfig
from omega_tui.config.sandboxes import EMBEDDED, EMBEDDED_TYPES
from omega_tui.config.venues import ExchangeEntry
from omega_tui.errors import ConfigError
from omega_tui.settings import closest
from omega_tui.text import safe_text

POLYMARKET: Final = "polymarket"
BITGET: Final = "bitget"
SWAP: Final = "-swap"


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueSpec:
    """One venue of a console: one account type of one exchange, under a name.

    Attributes:
        name: Unique in the console; orders and instruments carry it.
        exchange: `polymarket`, or the exchange library's id.
        account_type: `spot` or `swap`; empty where there is one kind only.
        sandbox: `embedded`, `venue`, an address on this machine, or empty for the real one.
        credentials_file: Where its keys are; empty: environment, then keychain.
        is_live: Whether orders with real money may leave (`--live`).
    """

    name: str
    exchange: str
    account_type: str = ""
    sandbox: str = ""
    credentials_file: str = ""
    is_live: bool = False

    @property
    def is_real(self) -> bool:
        """Whether money is real there."""
        return not self.sandbox

    @property
    def trades(self) -> bool:
        """Whether keys are looked for at all: who only looks needs none (security, control C15)."""
        return self.is_live or not self.is_real

    @property
    def is_embedded(self) -> bool:
        """Whether it runs in this process, and ends with it."""
        return self.sandbox == EMBEDDED

    @property
    def why_view_only(self) -> str:
        """Why nothing can be ordered, whatever keys there are; empty where that is not so."""
        return "" if self.trades else f"start with --live {self.name} to trade with real money"


BUILT_IN: Final = (
    VenueSpec(name="sim", exchange=POLYMARKET, sandbox=EMBEDDED),
    VenueSpec(name="sim-spot", exchange=BITGET, account_type="spot", sandbox=EMBEDDED),
    VenueSpec(name="sim-swap", exchange=BITGET, account_type="swap", sandbox=EMBEDDED),
    VenueSpec(name=POLYMARKET, exchange=POLYMARKET),
)
"""What needs no table: both embedded exchanges, and the real Polymarket."""


def lineup(
    loaded: LoadedConfig, asked: Sequence[str] = (), live: Collection[str] = (), *, is_announced: bool = False
) -> tuple[VenueSpec, ...]:
    """Return the venues of a console, the first one first.

    Those that were asked for come before `venue` of the configuration, and that before `ui.venues`. What is
    to be traded with real money is there in any case.

    Args:
        loaded: The effective configuration.
        asked: Names of the command line.
        live: Names of `--live`.
        is_announced: Whether the embedded exchange runs elsewhere (`--sim FILE`): it is then there, first.

    Raises:
        ConfigError: A name means no venue, is there twice, or is no real one and was to be live.
    """
    config = loaded.config
    names = list(asked) or _configured(loaded)
    if is_announced:
        names = ["sim", *(name for name in names if name != "sim")] if asked else ["sim"]
    elif live and not asked:
        names = []
    names += [name for name in live if name not in names]
    specs = [resolve(name, config) for name in names]
    for name in live:
        if not resolve(name, config).is_real:
            raise _wrong("flag --live", name, "a venue with real money: this one has none at stake")
    if len({spec.name for spec in specs}) < len(specs):
        raise _wrong("flag --venue", ", ".join(names), "each venue once")
    return tuple(replace(spec, is_live=spec.name in live) for spec in specs)


def resolve(name: str, config: OmegaConfig) -> VenueSpec:
    """Return the venue that goes by `name`: a built-in one, a table `[venues.NAME]`, or `EXCHANGE[-swap]`.

    Raises:
        ConfigError: There is none.
    """
    built_in = {spec.name: spec for spec in BUILT_IN}
    entry = next((one for one in config.venues if one.name == name), None)
    if name in built_in:
        if entry is not None:
            raise _wrong("configuration", f"[venues.{name}]", f"another name: {name} is built in")
        return built_in[name]
    if entry is None:
        exchange, swap = name.removesuffix(SWAP), name.endswith(SWAP)
        entry = ExchangeEntry(name=name, exchange=exchange, account_type="swap" if swap else "spot")
    exchange = entry.exchange or name
    if exchange == POLYMARKET or exchange not in set(library_exchanges()):
        known = [*built_in, *(one.name for one in config.venues), *library_exchanges()]
        shown = safe_text(exchange, max_cells=40) or "nothing"
        raise _wrong("venues", shown, _near(exchange, known, [*built_in, *(e.name for e in config.venues)]))
    if entry.sandbox == EMBEDDED and entry.account_type not in EMBEDDED_TYPES.get(exchange, ()):
        allowed = "embedded with bitget, and with binance of spot; venue elsewhere"
        raise _wrong("configuration", f"[venues.{name}] sandbox embedded", allowed)
    return VenueSpec(
        name=name,
        exchange=exchange,
        account_type=entry.account_type,
        sandbox=entry.sandbox.rstrip("/"),
        credentials_file=entry.credentials_file,
    )


def library_exchanges() -> Iterator[str]:
    """Yield the ids of the exchanges that the library can stream, without importing it."""
    spec = find_spec("ccxt")
    for folder in (spec.submodule_search_locations if spec is not None else None) or ():
        for path in sorted((Path(folder) / "pro").glob("*.py")):
            if not path.name.startswith("_"):
                yield path.stem


def _configured(loaded: LoadedConfig) -> list[str]:
    """Return what the configuration names: `venue` where it was set, unless `ui.venues` was too."""
    config, sources = loaded.config, loaded.sources
    is_set = {key: sources.get(key, "default") != "default" for key in ("venue", "ui.venues")}
    return [config.venue] if is_set["venue"] and not is_set["ui.venues"] else list(config.ui.venues)


def _near(name: str, known: list[str], short: list[str]) -> str:
    words = closest(name, known)
    if words.startswith("did you mean"):
        return words
    return f"{', '.join(short)}, or an exchange of the ccxt library, as bitget or bitget-swap"


def _wrong(source: str, found: str, allowed: str) -> ConfigError:
    return ConfigError(source=source, key="venue", found=found, allowed=allowed)
