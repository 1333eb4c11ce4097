"""The settings of venues: the embedded exchange, Polymarket, and exchanges under names of one's own."""
# ruff: noqa: RUF009  setting() and its like are dataclasses.field()

from dataclasses import dataclass
from decimal import Decimal

from omega_tui.settings import choice, folder_or_file, pattern, setting, url

D = Decimal


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
