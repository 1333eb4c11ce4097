"""How the venue reads a signed order: who signed it, and which price and shares its two amounts mean."""

import json
from typing import Final, NamedTuple

from omega_tui.domain.side import Side
from omega_tui.errors import LocalProtocolError, RemoteProtocolError
from omega_tui.protocol.ethereum import Domain
from omega_tui.protocol.json_depth import is_too_deep
from omega_tui.protocol.polymarket.amounts import AMOUNT_DECIMALS, SHARE_DECIMALS
from omega_tui.protocol.polymarket.posting import Posting
from omega_tui.protocol.polymarket.signing import SignatureType, recover_order_signer
from omega_tui.sim.book_order import Lifetime
from omega_tui.sim.units import ONE_PRICE, price_decimal, price_text
from omega_tui.sim.wording import INVALID_PAYLOAD, INVALID_SIGNATURE, NOT_OWNER, VERSION_MISMATCH

UNIT_DECIMALS: Final = 6


class Terms(NamedTuple):
    """What an order wants: limit in terms of its token, and shares in millionths."""

    price: int
    shares: int


def read_terms(posting: Posting, lifetime: Lifetime, *, tick: int) -> Terms | str:
    """Return the terms of an order, or what is wrong with its amounts in the venue's words.

    A resting order must be on the tick exactly. An order that only takes may be beside it by the rounding of
    its amounts, because money to spend divided by a price seldom ends; it is then meant for the nearest tick,
    and is never filled for more shares than it names.
    """
    order = posting.order
    buys = order.side is Side.BUY
    money, shares = (
        (order.maker_amount, order.taker_amount) if buys else (order.taker_amount, order.maker_amount)
    )
    if money <= 0 or shares <= 0:
        return "invalid amounts, both sides of an order must be positive"
    decimals = AMOUNT_DECIMALS[price_decimal(tick).normalize()]
    if money % 10 ** (UNIT_DECIMALS - decimals):
        return f"invalid amounts, the money of an order supports a max accuracy of {decimals} decimals"
    share_decimals = SHARE_DECIMALS if lifetime.rests or not buys else decimals
    if shares % 10 ** (UNIT_DECIMALS - share_decimals):
        return f"invalid amounts, the shares of an order support a max accuracy of {share_decimals} decimals"
    price, rest = divmod(money * ONE_PRICE, shares)
    if rest == 0 and price % tick == 0:
        return Terms(price, shares)
    if not lifetime.rests:
        nearest = (2 * money * ONE_PRICE + shares * tick) // (2 * shares * tick) * tick
        rounding = 10 ** (UNIT_DECIMALS - min(decimals, 4))
        if 0 < nearest < ONE_PRICE and abs(money * ONE_PRICE - nearest * shares) <= rounding * ONE_PRICE:
            return Terms(nearest, shares)
    shown = f"{money / shares:.6f}".rstrip("0").rstrip(".")
    return f"Price ({shown}) breaks minimum tick size rule: {price_text(tick)}"


def why_unreadable(body: bytes) -> str:
    """Return what is wrong with the body of orders that cannot be read, in the venue's words.

    Orders of the first version are told from nonsense by their nonce, for which the second has a timestamp.
    """
    try:
        text = body.decode()
        content = None if is_too_deep(text) else json.loads(text)
    except ValueError:
        return INVALID_PAYLOAD
    postings = content if isinstance(content, list) else [content]
    orders = [posting.get("order") for posting in postings if isinstance(posting, dict)]
    old = any(isinstance(order, dict) and "nonce" in order and "timestamp" not in order for order in orders)
    return VERSION_MISMATCH if old else INVALID_PAYLOAD


def why_unproven(posting: Posting, domain: Domain, account: str, api_key: str) -> str:
    """Return why an order is not what its owner signed, in the venue's words; empty when it is.

    Args:
        posting: As it came.
        domain: Of the exchange contract that settles the market.
        account: Address of the owner of the API key.
        api_key: That the request was proven with.
    """
    if posting.owner != api_key:
        return NOT_OWNER
    order = posting.order
    try:
        signer = recover_order_signer(order, domain, posting.signature)
    except (RemoteProtocolError, LocalProtocolError):
        return INVALID_SIGNATURE
    own_wallet = order.signature_type is not SignatureType.EOA or order.maker.lower() == account.lower()
    return "" if signer.lower() == account.lower() and own_wallet else INVALID_SIGNATURE
