"""What an API key may do, where the venue tells: the library has no unified call for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from omega_tui.venues.ccxt_session import CcxtSession


@dataclass(frozen=True, slots=True)
class KeyRights:
    """The rights of one key.

    Attributes:
        may_trade: Whether it may place orders; a key that may not only reads.
        may_withdraw: Whether it may move money away, which no trading program needs.
    """

    may_trade: bool
    may_withdraw: bool


async def fetch_rights(session: CcxtSession) -> KeyRights | None:
    """Return what the key may do; None where the venue does not tell.

    Bitget lists `sto`, `coo`, `cpo` (spot, contract orders, positions) with `r` or `w`, and `wiw` for
    withdrawals (Bitget docs, "Get Account Information").

    Raises:
        VenueError: The venue did not answer, or does not take the key.
    """
    if session.exchange_id != "bitget":
        return None
    answer: Mapping[str, Any] = await session.ask(
        "the rights of the key", lambda exchange: exchange.private_spot_get_v2_spot_account_info()
    )
    data = answer.get("data")
    rights = data.get("authorities") if isinstance(data, Mapping) else None
    if not isinstance(rights, list):
        return None
    area = "sto" if session.account.account_type == "spot" else "coo"
    return KeyRights(f"{area}w" in rights, "wiw" in rights)
