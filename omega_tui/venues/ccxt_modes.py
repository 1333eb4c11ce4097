"""What an account on margin is set to, and how that and its leverage leave: part of the conformance table.

An order of an account in hedge mode must say whether it opens or closes; one with an isolated margin must say
so at some venues. What is not in these tables is refused by name, and every row is proven on the request that
leaves the real library.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from omega_tui.domain.side import Side
from omega_tui.errors import VenueRefused


@dataclass(frozen=True, slots=True)
class AccountModes:
    """What orders in one instrument must know of the account.

    Attributes:
        hedged: Whether long and short are kept apart.
        isolated: Whether the position has a margin of its own.
    """

    hedged: bool = False
    isolated: bool = False


ONE_WAY: Final = AccountModes()


@dataclass(frozen=True, slots=True)
class ModesQuestion:
    """How one exchange is asked.

    Attributes:
        ask: Takes an instance of the library and a symbol.
        read: Takes the library's answer.
    """

    ask: Callable[[Any, str], Awaitable[Mapping[str, Any]]]
    read: Callable[[Mapping[str, Any]], AccountModes]


def _of_bitget(answer: Mapping[str, Any]) -> AccountModes:
    """Its account row has both (Bitget docs, "Get Single Account")."""
    row = answer["info"]
    return AccountModes(row["posMode"] == "hedge_mode", row["marginMode"] == "isolated")


def _of_position_mode(answer: Mapping[str, Any]) -> AccountModes:
    return AccountModes(hedged=answer["hedged"] is True)


_POSITION_MODE: Final = ModesQuestion(
    lambda exchange, symbol: exchange.fetch_position_mode(symbol), _of_position_mode
)

MODES: Final[Mapping[str, ModesQuestion]] = {
    "bitget": ModesQuestion(lambda exchange, symbol: exchange.fetch_leverage(symbol), _of_bitget),
    "binance": _POSITION_MODE,
    "binanceusdm": _POSITION_MODE,
    "okx": _POSITION_MODE,
}
"""Which venues tell the modes of an account."""

Opening = tuple[Side, bool]
"""Side of the order, and whether it only reduces."""

BUY, SELL = Side.BUY, Side.SELL

_BINANCE_SIDES: Final[Mapping[Opening, Mapping[str, Any]]] = {
    (BUY, False): {"positionSide": "LONG", "side": "BUY"},
    (SELL, False): {"positionSide": "SHORT", "side": "SELL"},
    (SELL, True): {"positionSide": "LONG", "side": "SELL"},
    (BUY, True): {"positionSide": "SHORT", "side": "BUY"},
}

HEDGED: Final[Mapping[str, Mapping[Opening, Mapping[str, Any]]]] = {
    # bitget names the side of the position, not of the order, where it closes.
    "bitget": {
        (BUY, False): {"tradeSide": "Open", "side": "buy"},
        (SELL, False): {"tradeSide": "Open", "side": "sell"},
        (SELL, True): {"tradeSide": "Close", "side": "buy"},
        (BUY, True): {"tradeSide": "Close", "side": "sell"},
    },
    "binance": _BINANCE_SIDES,
    "binanceusdm": _BINANCE_SIDES,
    "okx": {
        (BUY, False): {"posSide": "long", "side": "buy"},
        (SELL, False): {"posSide": "short", "side": "sell"},
        (SELL, True): {"posSide": "long", "side": "sell"},
        (BUY, True): {"posSide": "short", "side": "buy"},
    },
}
"""What an order carries in hedge mode, for the venues that tell in which mode an account is."""

ISOLATED: Final[Mapping[str, tuple[str, str]]] = {"bitget": ("marginMode", "isolated")}
"""Where each order names its margin: field and word of an isolated one. Elsewhere it is only set."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How something is set, and what must be seen leaving.

    Attributes:
        path: Path of the request.
        wire: Fields that it must carry, by the value that is set.
    """

    path: str
    wire: Mapping[str, Mapping[str, Any]]


def _one(path: str, name: str, **more: object) -> Setting:
    return Setting(path, {"5": {name: "5", **more}})


LEVERAGE: Final[Mapping[str, Setting]] = {
    "bitget": _one("/api/v2/mix/account/set-leverage", "leverage", symbol="BTCUSDT"),
    "binance": _one("/fapi/v1/leverage", "leverage", symbol="BTCUSDT"),
    "binanceusdm": _one("/fapi/v1/leverage", "leverage", symbol="BTCUSDT"),
    "okx": Setting(
        "/api/v5/account/set-leverage", {"5": {"lever": 5, "mgnMode": "cross", "instId": "BTC-USDT-SWAP"}}
    ),
    "bybit": _one("/v5/position/set-leverage", "buyLeverage", sellLeverage="5", symbol="BTCUSDT"),
    "kucoin": _one("/api/v2/changeCrossUserLeverage", "leverage", symbol="XBTUSDTM"),
}
"""Where leverage can be set by itself, proven with 5. okx and kucoin set that of cross margin."""

_BINANCE_MARGIN: Final = Setting(
    "/fapi/v1/marginType", {"cross": {"marginType": "CROSSED"}, "isolated": {"marginType": "ISOLATED"}}
)

MARGIN_MODE: Final[Mapping[str, Setting]] = {
    "bitget": Setting(
        "/api/v2/mix/account/set-margin-mode",
        {"cross": {"marginMode": "crossed"}, "isolated": {"marginMode": "isolated"}},
    ),
    "binance": _BINANCE_MARGIN,
    "binanceusdm": _BINANCE_MARGIN,
    "kucoin": Setting(
        "/api/v2/position/changeMarginMode",
        {"cross": {"marginMode": "CROSS"}, "isolated": {"marginMode": "ISOLATED"}},
    ),
}
"""Where the margin mode of one instrument can be set by itself."""

TOGETHER: Final[Mapping[str, Setting]] = {
    "gate": Setting(
        "/api/v4/futures/USDT/positions/BTC_USDT/leverage",
        {"cross": {"cross_leverage_limit": "5", "leverage": "0"}, "isolated": {"leverage": "5"}},
    ),
    "hyperliquid": Setting(
        "/exchange",
        {
            "cross": {"action.type": "updateLeverage", "action.leverage": 5, "action.isCross": True},
            "isolated": {"action.type": "updateLeverage", "action.leverage": 5, "action.isCross": False},
        },
    ),
}
"""Where one request sets both, proven with 5: the leverage alone would change the margin mode unasked."""

WHY_NOT: Final[Mapping[tuple[str, str], str]] = {
    ("bybit", "margin mode"): "its call changes the whole account, not one instrument",
    ("okx", "margin mode"): "it is named with each order there, and ours leave with cross margin",
}
"""Why something is not set where the exchange library has a call for it."""


def check_setting(table: Mapping[str, Setting], exchange_id: str, what: str) -> None:
    """Refuse a setting that was not seen leaving as what it should be.

    Args:
        table: Where it can be set.
        exchange_id: Where it is to be set.
        what: `leverage` or `margin mode`.

    Raises:
        VenueRefused: It is not in the table.
    """
    if exchange_id not in table:
        unseen = "it has not been seen leaving the exchange library as what it should be"
        why = WHY_NOT.get((exchange_id, what), unseen)
        raise VenueRefused(
            f"The {what} of one instrument is not set at {exchange_id}: {why}",
            venue=exchange_id,
            code="NOT_SUPPORTED",
        )


def check_together(exchange_id: str, leverage: Decimal | None, mode: str) -> bool:
    """Say whether leverage and margin mode go in one request there.

    Raises:
        VenueRefused: They do and one of them is missing, or they do not and both are given.
    """
    if exchange_id in TOGETHER:
        if leverage is None or not mode:
            raise VenueRefused(
                f"{exchange_id} sets leverage and margin mode in one request: name both, or the one that is "
                "left out would be changed unasked",
                venue=exchange_id,
                code="MARGIN_MODE",
            )
        return True
    if leverage is not None and mode:
        text = f"{exchange_id} sets leverage and margin mode one by one: name one of them"
        raise VenueRefused(text, venue=exchange_id, code="MARGIN_MODE")
    return False
