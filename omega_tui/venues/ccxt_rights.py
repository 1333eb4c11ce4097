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


def _kraken(answer: Answer, is_spot: bool) -> KeyRights | None:  # noqa: FBT001
    """`permissions` lists words ("Get API Key Info")."""
    del is_spot
    result = answer.get("result")
    words = result.get("permissions") if isinstance(result, Mapping) else None
    if not isinstance(words, list):
        return None
    return KeyRights("modify-trades" in words, "withdraw-funds" in words)


def _gate(answer: Answer, is_spot: bool) -> KeyRights | None:  # noqa: FBT001
    """Every key of the main account, the end of each hidden, with `perms` ("Query All Main Account Key").

    Ours is the one whose beginning it is; of a sub-account it is not among them, and nothing is known.
    """
    keys, ours = answer.get("keys"), str(answer.get("ours") or "")
    rows = keys if isinstance(keys, list) else [keys]
    shown = [row for row in rows if isinstance(row, Mapping) and str(row.get("key") or "").rstrip("*")]
    found = [row for row in shown if ours.startswith(str(row["key"]).rstrip("*"))]
    listed = found[0].get("perms") if len(found) == 1 else None
    if not isinstance(listed, list):
        return None
    writes = {one.get("name") for one in listed if isinstance(one, Mapping) and one.get("read_only") is False}
    return KeyRights(("spot" if is_spot else "futures") in writes, "withdraw" in writes)


async def _ask_gate(exchange: Any) -> Answer:  # noqa: ANN401 - the library has no types
    return {"keys": await exchange.private_account_get_main_keys(), "ours": exchange.apiKey}


def _hyperliquid(answer: Answer, is_spot: bool) -> KeyRights | None:  # noqa: FBT001
    """`role` of the address that signs: an agent trades and cannot withdraw, a user may do everything."""
    del is_spot
    match answer.get("role"):
        case "agent":
            return KeyRights(may_trade=True, may_withdraw=False)
        case "user":
            return KeyRights(may_trade=True, may_withdraw=True)
        case "missing":  # Nobody's: nothing that it signs is taken.
            return KeyRights(may_trade=False, may_withdraw=False)
        case _:
            return None


async def _ask_hyperliquid(exchange: Any) -> Answer:  # noqa: ANN401
    signer = exchange.eth_get_address_from_private_key(exchange.privateKey)
    answer: Answer = await exchange.public_post_info({"type": "userRole", "user": signer})
    return answer


_BINANCE: Final = RightsQuestion(lambda exchange: exchange.sapi_get_account_apirestrictions(), _binance)

RIGHTS: Final[Mapping[str, RightsQuestion]] = {
    "bitget": RightsQuestion(lambda exchange: exchange.private_spot_get_v2_spot_account_info(), _bitget),
    "okx": RightsQuestion(lambda exchange: exchange.private_get_account_config(), _okx),
    "bybit": RightsQuestion(lambda exchange: exchange.private_get_v5_user_query_api(), _bybit),
    "binance": _BINANCE,
    "binanceusdm": _BINANCE,
    "kucoin": RightsQuestion(lambda exchange: exchange.private_get_user_api_key(), _kucoin),
    "kraken": RightsQuestion(lambda exchange: exchange.private_post_getapikeyinfo(), _kraken),
    "gate": RightsQuestion(_ask_gate, _gate),
    "hyperliquid": RightsQuestion(_ask_hyperliquid, _hyperliquid),
}
"""Where a key's rights can be asked for. Elsewhere they are shown as not known."""
