"""What an API key may do, where the venue tells: the exchange library has no unified call for it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KeyRights:
    """The rights of one key.

    Attributes:
        may_trade: Whether it may place orders; a key that may not only reads.
        may_withdraw: Whether it may move money away, which no trading program needs.
    """

    may_trade: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class RightsQuestion:
    """How one exchange is asked.

    Attributes:
        ask: Takes an instance of the library.
        read: Takes the raw answer and whether the account is of spot; None where it says nothing.
    """

    ask: Callable[[Any], Awaitable[Answer]]
    read: Callable[[Answer, bool], KeyRights | None]


def _bitget(answer: Answer, is_spot: bool) -> KeyRights | None:  # noqa: FBT001 - one reader of several
    """`sto`, `coo`, `cpo` are spot, contract orders and positions, each with `r` or `w`; `wiw` withdraws."""
    data = answer.get("data")
    rights = data.get("authorities") if isinstance(data, Mapping) else None
    if not isinstance(rights, list):
        return None
    return KeyRights(("sto" if is_spot else "coo") + "w" in rights, "wiw" in rights)


def _okx(answer: Answer, is_spot: bool) -> KeyRights | None:  # noqa: FBT001
    """`perm` lists `read_only`, `trade`, `withdraw` (okx docs, "Get account configuration")."""
    del is_spot
    rows = answer.get("data")
    words = rows[0].get("perm") if isinstance(rows, list) and rows and isinstance(rows[0], Mapping) else None
    if not isinstance(words, str):
        return None
    rights = {word.strip() for word in words.split(",")}
    return KeyRights("trade" in rights, "withdraw" in rights)


def _bybit(answer: Answer, is_spot: bool) -> KeyRights | None:  # noqa: FBT001
    """`readOnly` is 1 for a reader; `permissions` name the rest (bybit docs, "Get API Key Information")."""
    result = answer.get("result")
    if not isinstance(result, Mapping) or "readOnly" not in result:
        return None
    listed = result.get("permissions")
    permissions = listed if isinstance(listed, Mapping) else {}
    trades = permissions.get("Spot" if is_spot else "ContractTrade") or ()
    may_trade = str(result["readOnly"]) == "0" and bool({"SpotTrade", "Order"} & set(trades))
    return KeyRights(may_trade, "Withdraw" in (permissions.get("Wallet") or ()))


def _binance(answer: Answer, is_spot: bool) -> KeyRights | None:  # noqa: FBT001
    """Switches of "Get API Key Permission"."""
    name = "enableSpotAndMarginTrading" if is_spot else "enableFutures"
    if name not in answer:
        return None
    return KeyRights(answer[name] is True, answer.get("enableWithdrawals") is True)


def _kucoin(answer: Answer, is_spot: bool) -> KeyRights | None:  # noqa: FBT001
    """`permission` lists `General`, `Spot`, `Futures`, `Withdrawal` and more ("Get Apikey Info")."""
    data = answer.get("data")
    words = data.get("permission") if isinstance(data, Mapping) else None
    if not isinstance(words, str):
        return None
    rights = {word.strip() for word in words.split(",")}
    return KeyRights(("Spot" if is_spot else "Futures") in rights, "Withdrawal" in rights)


_BINANCE: Final = RightsQuestion(lambda exchange: exchange.sapi_get_account_apirestrictions(), _binance)

RIGHTS: Final[Mapping[str, RightsQuestion]] = {
    "bitget": RightsQuestion(lambda exchange: exchange.private_spot_get_v2_spot_account_info(), _bitget),
    "okx": RightsQuestion(lambda exchange: exchange.private_get_account_config(), _okx),
    "bybit": RightsQuestion(lambda exchange: exchange.private_get_v5_user_query_api(), _bybit),
    "binance": _BINANCE,
    "binanceusdm": _BINANCE,
    "kucoin": RightsQuestion(lambda exchange: exchange.private_get_user_api_key(), _kucoin),
}
"""Where a key's rights can be asked for. Elsewhere a refusal is the first word about them."""
