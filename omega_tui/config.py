"""Every setting of the program with its default and range, and where they come from.

The environment overrides the file, flags override the environment, and anything unknown or out of range is an
error. Nothing else in the program reads a setting from the air, and no setting is a secret: those come from
`omega_tui.secret.take_secrets`.

File: `omega-tui/config.toml` in `$XDG_CONFIG_HOME`, one table per section.
Environment: `OMEGA_<SECTION>__<KEY>` in upper case, as `OMEGA_UI__FPS=20`, and `OMEGA_VENUE`. Lists are
comma-separated there, switches are `true` and `false`.
"""
# ruff: noqa: RUF009  setting() and its like are dataclasses.field()

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from omega_tui.ceilings import (
    MAX_GROSS_NOTIONAL,
    MAX_OPEN_ORDERS_ACCOUNT,
    MAX_OPEN_ORDERS_INSTRUMENT,
    MAX_ORDER_NOTIONAL,
    MAX_ORDER_SIZE,
    MAX_ORDERS_PER_DAY,
    MAX_ORDERS_PER_MINUTE,
    MAX_ORDERS_PER_SECOND,
    MAX_POSITION_NOTIONAL,
    MAX_PRICE_COLLAR,
    MAX_TOTAL_NOTIONAL,
)
from omega_tui.layered import Layers
from omega_tui.screen_config import UiConfig
from omega_tui.secret import CREDENTIAL_VARIABLES, MASK
from omega_tui.settings import Setting, as_text, choice, folder_or_file, pattern, setting, url

APP_NAME = "omega-tui"
D = Decimal


@dataclass(frozen=True, slots=True)
class StreamingConfig:
    """Market and user feeds."""

    ping_interval_s: float = setting(10.0, low=1, high=60, unit="s", doc="How often PING is sent.")
    silence_timeout_s: float = setting(
        30.0, low=2, high=300, unit="s", doc="A socket without any inbound frame for this long is closed."
    )
    open_timeout_s: float = setting(5.0, low=0.1, high=60, unit="s", doc="Time to open a socket.")
    first_book_timeout_s: float = setting(
        5.0,
        low=0.1,
        high=60,
        unit="s",
        doc="Time for the first book after subscribing, before REST is asked.",
    )
    tokens_per_socket: int = setting(
        200, low=1, high=400, doc="Tokens on one socket before another is opened."
    )
    backoff_initial_s: float = setting(
        0.5, low=0.05, high=60, unit="s", doc="Upper end of the first random wait before a reconnect."
    )
    backoff_max_s: float = setting(30.0, low=0.1, high=600, unit="s", doc="Longest wait before a reconnect.")
    max_frame_bytes: int = setting(
        33_554_432, low=65_536, high=268_435_456, unit="bytes", doc="A larger frame closes the socket."
    )
    event_buffer_size: int = setting(
        10_000,
        low=1,
        high=1_000_000,
        unit="events",
        doc="Unread events a consumer may have before it is closed.",
    )
    auto_sync_on_hash_mismatch: bool = setting(
        default=True, doc="Ask for a fresh book by itself when the hashes show that a change was lost."
    )
    rest_compare_interval_s: float = setting(
        20.0, low=1, high=600, unit="s", doc="How often the book of a quiet token is compared over REST."
    )
    book_publish_hz: float = setting(
        50.0, low=1, high=200, unit="Hz", doc="Book snapshots per second, at most."
    )
    resyncs_per_minute: int = setting(30, low=1, high=600, doc="Fresh books asked for per minute, at most.")


@dataclass(frozen=True, slots=True)
class IntegrityConfig:
    """When a book that cannot be verified is fetched again."""

    resync_after_groups: int = setting(
        3, low=1, high=1000, doc="Unverified groups of changes in a row before a resync (and the time below)."
    )
    resync_after_ms: int = setting(
        250, low=0, high=60_000, unit="ms", doc="Time unverified before a resync (and the groups above)."
    )
    grid_search: bool = setting(
        default=False, doc="Try every price of the 0.001 grid as last trade price before giving up on a hash."
    )
    advisory_fraction: float = setting(
        0.5,
        low=0,
        high=1,
        doc="Share of failing hashes from which on they are only advice: the recipe changed.",
    )
    advisory_min_groups: int = setting(
        200, low=1, high=1_000_000, doc="Groups to see before that share means anything."
    )
    crossed_ms: int = setting(
        500, low=0, high=60_000, unit="ms", doc="Time crossed before a book is resynced."
    )


@dataclass(frozen=True, slots=True)
class DataStateConfig:
    """From when on data is not called live, and orders are locked."""

    live_s: float = setting(1.0, low=0.1, high=60, unit="s", doc="Up to this age data is live.")
    stale_s: float = setting(3.0, low=0.2, high=60, unit="s", doc="From this age on data is stale.")
    quiet_verified_s: float = setting(
        30.0,
        low=1,
        high=600,
        unit="s",
        doc="A quiet book counts as live for this long after REST confirmed it.",
    )
    lag_ms: int = setting(1000, low=10, high=60_000, unit="ms", doc="Receive lag from which on data is late.")
    ui_lag_ms: int = setting(
        250, low=10, high=60_000, unit="ms", doc="Age of a frame that the screen may show."
    )
    clock_skew_ms: int = setting(
        1000,
        low=10,
        high=60_000,
        unit="ms",
        doc="Difference to the venue's clock from which on orders are denied.",
    )


@dataclass(frozen=True, slots=True)
class RiskConfig:
    """Limits checked before an order leaves; the defaults are those of the embedded exchange."""

    max_order_notional: Decimal = setting(
        D(10_000), low=D(1), high=MAX_ORDER_NOTIONAL, unit="USD", doc="Value of one order."
    )
    ask_order_notional: Decimal = setting(
        D(2_500),
        low=D(0),
        high=MAX_ORDER_NOTIONAL,
        unit="USD",
        doc="An order worth more, sent by a key, is asked about first; 0 asks about every one.",
    )
    max_order_size: Decimal = setting(
        D(100_000), low=D(1), high=MAX_ORDER_SIZE, unit="shares", doc="Size of one order."
    )
    max_depth_share: Decimal = setting(
        D("0.25"),
        low=D("0.001"),
        high=D(10),
        doc="Size of an order that takes, as a part of what rests within the collar of both sides.",
    )
    max_position_notional: Decimal = setting(
        D(50_000),
        low=D(1),
        high=MAX_POSITION_NOTIONAL,
        unit="USD",
        doc="Position in one instrument if every open and unknown order filled.",
    )
    max_gross_notional: Decimal = setting(
        D(100_000),
        low=D(1),
        high=MAX_GROSS_NOTIONAL,
        unit="USD",
        doc="All positions together, without netting.",
    )
    max_total_notional: Decimal = setting(
        D(200_000),
        low=D(1),
        high=MAX_TOTAL_NOTIONAL,
        unit="USD",
        doc="All positions of every account of one console together, without netting.",
    )
    max_open_orders_instrument: int = setting(
        10, low=1, high=MAX_OPEN_ORDERS_INSTRUMENT, doc="Open orders in one instrument."
    )
    max_open_orders_account: int = setting(
        50, low=1, high=MAX_OPEN_ORDERS_ACCOUNT, doc="Open orders in the account."
    )
    orders_per_second: int = setting(
        5, low=1, high=MAX_ORDERS_PER_SECOND, doc="New orders in any second; cancels never count."
    )
    orders_per_minute: int = setting(
        60, low=1, high=MAX_ORDERS_PER_MINUTE, doc="New orders in any minute; cancels never count."
    )
    orders_per_day: int = setting(
        500, low=1, high=MAX_ORDERS_PER_DAY, doc="New orders of a day, UTC; cancels never count."
    )
    price_collar: Decimal = setting(
        D("0.05"), low=D("0.001"), high=MAX_PRICE_COLLAR, doc="Furthest price beyond the other side's best."
    )
    collar_ticks: int = setting(
        5, low=1, high=100, unit="ticks", doc="The collar is never narrower than this."
    )
    duplicate_window_s: float = setting(
        2.0, low=0, high=60, unit="s", doc="An order equal to one this recent is a slip of the hand."
    )
    daily_loss_limit: Decimal = setting(
        D(10_000),
        low=D(1),
        high=D(100_000),
        unit="USD",
        doc="Loss of a day that ends trading but for reducing.",
    )
    arm_idle_minutes: float = setting(30.0, low=1, high=720, unit="min", doc="Idle time that disarms.")
    dead_man: bool = setting(
        default=False,
        doc="Have the venue cancel every order of the account when it hears of this program no more.",
    )
    quarantine_s: float = setting(
        120.0,
        low=10,
        high=3600,
        unit="s",
        doc="How long an order of unknown outcome keeps its instrument locked.",
    )
    order_deadline_s: float = setting(
        10.0,
        low=1,
        high=60,
        unit="s",
        doc="Time for the venue's answer before the outcome counts as unknown.",
    )


LIVE_RISK = RiskConfig(
    max_order_notional=D(100),
    ask_order_notional=D(50),
    max_order_size=D(1000),
    max_depth_share=D("0.05"),
    max_position_notional=D(500),
    max_gross_notional=D(1000),
    max_total_notional=D(2000),
    daily_loss_limit=D(100),
)
"""The defaults where money is real."""


@dataclass(frozen=True, slots=True)
class SimConfig:
    """The embedded exchange."""

    seed: int = setting(7, low=0, high=2**53, doc="Same seed, same tape.")
    rate: float = setting(40.0, low=1, high=5000, unit="updates/s", doc="Speed of the order flow.")
    port: int = setting(0, low=0, high=65_535, doc="Where it listens on 127.0.0.1; 0 takes a free one.")
    markets: int = setting(6, low=1, high=100, doc="Binary markets, each with two outcomes.")
    cash: Decimal = setting(D(10_000), low=D(0), high=D(10**9), unit="USD", doc="What a new account holds.")


@dataclass(frozen=True, slots=True)
class VenueConfig:
    """Polymarket: addresses and account; the secrets come from elsewhere."""

    rest_url: str = url(
        "https://clob.polymarket.com", "https", "polymarket.com", doc="Orders, books, markets."
    )
    ws_market_url: str = url(
        "wss://ws-subscriptions-clob.polymarket.com/ws/market", "wss", "polymarket.com", doc="Market channel."
    )
    ws_user_url: str = url(
        "wss://ws-subscriptions-clob.polymarket.com/ws/user", "wss", "polymarket.com", doc="User channel."
    )
    data_url: str = url("https://data-api.polymarket.com", "https", "polymarket.com", doc="Positions.")
    chain_id: int = setting(137, low=1, high=2**53, doc="137 is Polygon, 80002 its test chain Amoy.")
    signature_type: int = setting(
        0, low=0, high=3, doc="0 own wallet, 1 proxy, 2 Gnosis safe, 3 deposit wallet (EIP-1271)."
    )
    funder: str = pattern(
        "",
        r"(0x[0-9a-fA-F]{40})?",
        words='an address of 0x and 40 hex digits, or "" for the signing wallet itself',
        doc="Wallet that holds the money.",
    )
    credentials_file: str = folder_or_file(
        "", doc="TOML file of mode 0600 with private_key, api_key, api_secret and passphrase."
    )


@dataclass(frozen=True, slots=True)
class ExchangeEntry:
    """`[venues.NAME]`: one account type of one exchange, under a name of the trader's own.

    Attributes:
        name: That of the table.
    """

    name: str = ""
    exchange: str = pattern(
        "",
        r"[a-z0-9]{1,40}",
        words="the exchange library's id of an exchange, as bitget, okx or kraken",
        doc="Which exchange; left out, it is the name of the table.",
    )
    account_type: str = choice(
        "spot",
        {"spot": "coins", "swap": "perpetual contracts"},
        doc="One account type; another is another table.",
    )
    sandbox: str = pattern(
        "",
        r"(embedded|venue|http://(127\.0\.0\.1|localhost|\[::1\]):[0-9]{1,5}/?)?",
        words='embedded, venue (its own test system), the address of one on 127.0.0.1, or "" for real money',
        doc="Where to practise.",
    )
    credentials_file: str = folder_or_file(
        "", doc="TOML file of mode 0600 with its keys; empty: the environment, then the keychain."
    )


NAMED_TABLES = "venues"
"""The word before the names of the tables that are `ExchangeEntry`."""


@dataclass(frozen=True, slots=True)
class LogConfig:
    """The log file."""

    level: str = choice(
        "INFO",
        {
            "DEBUG": "frames too",
            "INFO": "life cycle",
            "WARNING": "what a trader should know",
            "ERROR": "bugs",
        },
        doc="The least that is written.",
    )
    max_bytes: int = setting(
        5_000_000, low=10_000, high=1_000_000_000, unit="bytes", doc="Size at which a new file begins."
    )
    backups: int = setting(3, low=0, high=50, doc="Older files kept.")
    directory: str = folder_or_file("", doc="Folder of the log; empty: the state folder.")


@dataclass(frozen=True, slots=True)
class StorageConfig:
    """What must outlive the program: the journal, saved books, crash reports."""

    state_dir: str = folder_or_file("", doc="State folder; empty: omega-tui in $XDG_STATE_HOME.")
    min_free_mb: int = setting(
        100, low=1, high=1_000_000, unit="MB", doc="With less free space the doctor warns."
    )


@dataclass(frozen=True, slots=True)
class BusConfig:
    """The Redis server that several processes share; without one everything stays in this process."""

    url: str = pattern(
        "",
        r"((redis|rediss)://|unix:///)\S{1,200}|",
        words='redis://127.0.0.1:6379/0, unix:///path or rediss://host:6379/0, or "" for none',
        doc="Where it listens; with a password it goes into OMEGA_REDIS_URL.",
    )
    prefix: str = pattern(
        "omega",
        r"[a-z][a-z0-9-]{0,39}",
        words="small letters, digits and hyphens",
        doc="Everything of ours on the server begins so.",
    )
    process: str = pattern(
        "engine",
        r"[a-z][a-z0-9-]{0,39}",
        words="small letters, digits and hyphens",
        doc="Our name there, or that of the engine a screen is attached to.",
    )
    key_file: str = folder_or_file(
        "", doc="File of mode 0600 with the key that engine and screens share; OMEGA_BUS_KEY comes before it."
    )
    pack_ms: float = setting(
        5.0, low=0.5, high=100, unit="ms", doc="Events that come within this time go out together."
    )


@dataclass(frozen=True, slots=True)
class OmegaConfig:
    """The whole configuration: immutable, without secrets, passed to constructors.

    Attributes:
        venue: Where orders go: the embedded exchange or the real venue.
        risk: Limits at the embedded exchange.
        risk_live: Limits at a real venue.
        venues: Tables `[venues.NAME]`.
    """

    venue: str = choice(
        "sim", {"sim": "embedded exchange", "polymarket": "the real one"}, doc="Where to trade."
    )
    streaming: StreamingConfig = field(default=StreamingConfig())
    integrity: IntegrityConfig = field(default=IntegrityConfig())
    data_state: DataStateConfig = field(default=DataStateConfig())
    risk: RiskConfig = field(default=RiskConfig())
    risk_live: RiskConfig = field(default=LIVE_RISK)
    sim: SimConfig = field(default=SimConfig())
    polymarket: VenueConfig = field(default=VenueConfig())
    ui: UiConfig = field(default=UiConfig())
    log: LogConfig = field(default=LogConfig())
    storage: StorageConfig = field(default=StorageConfig())
    bus: BusConfig = field(default=BusConfig())
    venues: tuple[ExchangeEntry, ...] = ()


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


def config_path(environ: Mapping[str, str]) -> Path:
    """Return where the configuration file is looked for."""
    return _user_folder(environ, "XDG_CONFIG_HOME", ".config") / "config.toml"


def state_folder(storage: StorageConfig, environ: Mapping[str, str]) -> Path:
    """Return the folder of the journal, saved books, logs and crash reports. It is not made here."""
    if storage.state_dir:
        return Path(storage.state_dir)
    return _user_folder(environ, "XDG_STATE_HOME", ".local/state")


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


def _user_folder(environ: Mapping[str, str], variable: str, below_home: str) -> Path:
    """Return our folder by the XDG rules, in which a relative path counts as none."""
    base = Path(environ.get(variable, ""))
    if base.is_absolute():
        return base / APP_NAME
    if sys.platform == "darwin":
        import platformdirs  # noqa: PLC0415  9 ms that Linux, whose rules are these lines, saves

        folders = {
            "XDG_CONFIG_HOME": platformdirs.user_config_path,
            "XDG_STATE_HOME": platformdirs.user_state_path,
        }
        return folders[variable](APP_NAME)
    return Path(environ.get("HOME") or Path.home()) / below_home / APP_NAME
