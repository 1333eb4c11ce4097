"""What an exchange service outside the console is told: a small mapping, read strictly.

```python
ExchangeService(config={"exchange": "bitget", "sandbox": "embedded"})
```
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from omega_tui.config.model import OmegaConfig
from omega_tui.config.sandboxes import ACCOUNT_TYPES, EMBEDDED, OWN_SANDBOX
from omega_tui.domain.instrument import Instrument
from omega_tui.errors import ConfigError
from omega_tui.secret import Secret, checked_credential
from omega_tui.settings import VENUE_NAME
from omega_tui.text import safe_text
from omega_tui.venues.base import Broker, LeverageControls
from omega_tui.venues.ccxt_rights import KeyRights
from omega_tui.venues.credentials import POLYMARKET, fields_of
from omega_tui.venues.market_data import MarketPictures

SIM: Final = "sim"
"""What the embedded exchange in Polymarket's dialect is called, here as in the console."""

_SOURCE: Final = "exchange config"
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeChoice:
    """A mapping that was read; every key of the mapping is a field of this.

    Attributes:
        exchange: `polymarket`, or the exchange library's id, as `bitget`.
        account_type: `spot` or `swap`; one service per type. Polymarket has only one.
        sandbox: `embedded`, the address of an embedded exchange that runs elsewhere, `venue` for the venue's
            own test system, or empty for the real venue.
        credentials: Parts by name, as `api_key`; those left out come from file, environment and keychain.
        credentials_file: TOML of mode 0600 with the same names.
        live: Whether orders with real money may leave.
        read_only: Neither orders nor a journal; only questions, and cancels of what is found open.
        state_dir: Folder of the journals; None: the one of the console.
        settings: Limits and addresses; None: as configured for the console.
        name: What orders and instruments carry as their venue; empty: the name of the exchange.
    """

    exchange: str
    account_type: str = "spot"
    sandbox: str = ""
    credentials: Mapping[str, Secret] = field(default_factory=dict)
    credentials_file: Path | None = None
    live: bool = False
    read_only: bool = False
    state_dir: Path | None = None
    settings: OmegaConfig | None = None
    name: str = ""

    @property
    def venue(self) -> str:
        """The name that orders and instruments carry."""
        if self.name:
            return self.name
        return SIM if self.exchange == POLYMARKET and self.sandbox else self.exchange

    @property
    def is_real(self) -> bool:
        """Whether money is real there."""
        return not self.sandbox


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueParts:
    """A venue that was chosen, as the service uses it.

    Attributes:
        broker: Orders and questions of the account; None without credentials.
        data: Public questions.
        controls: Leverage and margin mode; None where there is none.
        account: Name of the folder of its journal; empty: nothing of it may outlive the service.
        holds_assets: Whether what is held is told as balances of assets.
        asks_by_instrument: Whether trades are told of one instrument at a time.
        why_view_only: Why there is no broker, for people.
        fetch_rights: Asks what the key may do; None where the venue does not tell.
    """

    broker: Broker | None
    data: MarketPictures
    controls: LeverageControls | None = None
    account: str = ""
    holds_assets: bool = False
    asks_by_instrument: bool = False
    why_view_only: str = ""
    fetch_rights: Callable[[], Awaitable[KeyRights | None]] | None = None


def read_choice(config: Mapping[str, object]) -> ExchangeChoice:
    """Read a configuration mapping.

    Raises:
        ConfigError: A key is unknown or missing, or a value is not what it may be; no secret is ever quoted.
    """
    if not isinstance(config, Mapping):
        raise _wrong("(whole)", f"a {type(config).__name__}", "a mapping, as {'exchange': 'bitget'}")
    for key in config:
        if key not in _READERS:
            near = get_close_matches(str(key), _READERS, n=1)
            words = f"{near[0]}?" if near else ", ".join(_READERS)
            raise _wrong(safe_text(str(key), max_cells=40), "an unknown key", words)
    values: dict[str, Any] = {key: read(config[key]) for key, read in _READERS.items() if key in config}
    if "exchange" not in values:
        raise _wrong("exchange", "nothing", "the name of an exchange, as 'bitget' or 'polymarket'")
    values["credentials"] = _credentials(values["exchange"], values.get("credentials", {}))
    choice = ExchangeChoice(**values)
    if choice.exchange == POLYMARKET and choice.sandbox == OWN_SANDBOX:
        raise _wrong("sandbox", "'venue'", "'embedded' or an address: Polymarket has no test system")
    return choice


def instrument_named(instruments: Mapping[str, Instrument], symbol: str) -> Instrument | None:
    """Return the instrument that goes by an id, by the venue's symbol, or by its name in any case."""
    if symbol in instruments:
        return instruments[symbol]
    asked = symbol.casefold()
    found = [
        one
        for one in instruments.values()
        if asked in {one.name.casefold(), one.id.casefold(), one.id.partition(":")[2].casefold()}
    ]
    return found[0] if len(found) == 1 else None


def _text(key: str, words: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or not (value.isascii() and value.isalnum() and value == value.lower()):
            raise _wrong(key, _shown(value), words)
        return value

    return read


def _account_type(value: object) -> str:
    if value not in ACCOUNT_TYPES:
        raise _wrong("account_type", _shown(value), " or ".join(ACCOUNT_TYPES))
    return str(value)


def _sandbox(value: object) -> str:
    words = "'embedded', 'venue', or the address of an embedded exchange, as 'http://127.0.0.1:8700'"
    if value in {EMBEDDED, OWN_SANDBOX, ""}:
        return str(value)
    if not isinstance(value, str):
        raise _wrong("sandbox", _shown(value), words)
    try:
        url = urlsplit(value)
        is_local = url.scheme == "http" and url.hostname in _LOOPBACK and url.port is not None
    except ValueError:
        is_local = False
    if not is_local:
        raise _wrong("sandbox", _shown(value), words)
    return value.rstrip("/")


def _mapping(value: object) -> Mapping[object, object]:
    if not isinstance(value, Mapping):
        raise _wrong("credentials", f"a {type(value).__name__} (not shown)", "a mapping of names to secrets")
    return value


def _credentials(exchange: str, given: Mapping[object, object]) -> dict[str, Secret]:
    names = fields_of(exchange)
    found: dict[str, Secret] = {}
    for name, value in given.items():
        if name not in names:
            raise _wrong("credentials", "an unknown name (not shown)", ", ".join(names))
        if isinstance(value, Secret):
            found[str(name)] = value
        else:
            found[str(name)] = checked_credential(str(name), value, source=_SOURCE, key=f"credentials.{name}")
    return found


def _path(key: str) -> Callable[[object], Path]:
    def read(value: object) -> Path:
        if not isinstance(value, str | Path) or not str(value):
            raise _wrong(key, _shown(value), "a path")
        return Path(value).expanduser()

    return read


def _switch(key: str) -> Callable[[object], bool]:
    def read(value: object) -> bool:
        if not isinstance(value, bool):
            raise _wrong(key, _shown(value), "True or False")
        return value

    return read


def _settings(value: object) -> OmegaConfig:
    if not isinstance(value, OmegaConfig):
        raise _wrong("settings", _shown(value), "an omega_tui.config.model.OmegaConfig")
    return value


def _name(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(f"({VENUE_NAME})?", value):
        raise _wrong("name", _shown(value), "small letters, digits and hyphens, as 'bitget-swap'")
    return value


_READERS: Final[Mapping[str, Callable[[object], object]]] = {
    "name": _name,
    "exchange": _text("exchange", "a name in small letters, as 'bitget' or 'polymarket'"),
    "account_type": _account_type,
    "sandbox": _sandbox,
    "credentials": _mapping,
    "credentials_file": _path("credentials_file"),
    "live": _switch("live"),
    "read_only": _switch("read_only"),
    "state_dir": _path("state_dir"),
    "settings": _settings,
}


def _shown(value: object) -> str:
    return safe_text(repr(value), max_cells=60)


def _wrong(key: str, found: str, allowed: str) -> ConfigError:
    return ConfigError(source=_SOURCE, key=key, found=found, allowed=allowed)
