"""Order signatures of Polymarket, for the trader who makes them and the venue that checks them.

Everything is a function of its arguments: time and salt come from the caller. The id of an order is the hash
that is signed, so it is known before anything is sent. Rules and vectors are in the fact sheet, section 8;
the official client is the oracle of the tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import Final

from omega_tui.domain.side import Side
from omega_tui.errors import LocalProtocolError, RemoteProtocolError
from omega_tui.protocol.ethereum import (
    SIGNATURE_BYTES,
    Domain,
    SigningKey,
    Struct,
    bytes32,
    domain_separator,
    recover_address,
    typed_data_digest,
)

ZERO_BYTES32: Final = "0x" + "00" * 32

MAX_SALT: Final = 2**53 - 1
"""The salt travels as a JSON number, and other readers of it hold those as doubles."""


class SignatureType(IntEnum):
    """Whose signature an order carries."""

    EOA = 0
    """The maker's own key."""
    PROXY = 1
    """The key that owns the maker, a Polymarket proxy wallet."""
    GNOSIS_SAFE = 2
    """The key that owns the maker, a Gnosis safe."""
    DEPOSIT_WALLET = 3
    """A contract's (EIP-1271): the deposit wallet is maker and signer; its owner's key signs."""


class Exchange(StrEnum):
    """Which contract settles the order."""

    CTF = "ctf"
    """Ordinary markets (exchange V2)."""
    NEG_RISK = "neg_risk"
    """Markets of which exactly one of several resolves to yes (negative-risk exchange V2)."""
    COMBO = "combo"
    """Positions of the newer contracts (exchange V3)."""

    @classmethod
    def of_market(cls, *, neg_risk: bool) -> "Exchange":
        """Return the exchange of a market whose `neg_risk` flag is the given one."""
        return cls.NEG_RISK if neg_risk else cls.CTF


COLLATERAL: Final = "0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB"
"""pUSD, 6 decimals; the same on both chains."""

POLYGON: Final = 137
AMOY: Final = 80002

CONTRACTS: Final[Mapping[int, Mapping[Exchange, str]]] = {
    POLYGON: {
        Exchange.CTF: "0xE111180000d2663C0091e4f400237545B87B996B",
        Exchange.NEG_RISK: "0xe2222d279d744050d28e00520010520000310F59",
        Exchange.COMBO: "0xe3333700cA9d93003F00f0F71f8515005F6c00Aa",
    },
    AMOY: {
        Exchange.CTF: "0xE111180000d2663C0091e4f400237545B87B996B",
        Exchange.NEG_RISK: "0xe2222d279d744050d28e00520010520000310F59",
        Exchange.COMBO: "0x9fE6e61422AdB6F610d8597F9684b16912D50C3D",
    },
}
"""By chain id; py-clob-client-v2 1.2.1, `config.py`."""

_ORDER = Struct(
    "Order",
    (
        ("uint256", "salt"),
        ("address", "maker"),
        ("address", "signer"),
        ("uint256", "tokenId"),
        ("uint256", "makerAmount"),
        ("uint256", "takerAmount"),
        ("uint8", "side"),
        ("uint8", "signatureType"),
        ("uint256", "timestamp"),
        ("bytes32", "metadata"),
        ("bytes32", "builder"),
    ),
)

_WALLET_SIGN = Struct(
    "TypedDataSign",
    (
        ("Order", "contents"),
        ("string", "name"),
        ("string", "version"),
        ("uint256", "chainId"),
        ("address", "verifyingContract"),
        ("bytes32", "salt"),
    ),
    nested=(_ORDER,),
)
"""ERC-7739: the order inside the deposit wallet's own domain: a signature good for that wallet only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStruct:
    """What is signed of an order, version 2. The expiration is not part of it.

    Attributes:
        salt: Tells equal orders apart; at most `MAX_SALT`.
        maker: The address that holds the funds.
        signer: The address that the signature speaks for; the maker itself for types EOA and DEPOSIT_WALLET.
        token_id: The outcome token, decimal digits.
        maker_amount: What the maker gives, in millionths: collateral when buying, shares when selling.
        taker_amount: What the maker gets, in millionths.
        side: Buying or selling shares.
        signature_type: Whose signature it carries.
        timestamp_ms: When it was made, milliseconds since the epoch.
        metadata: 32 bytes as 0x text.
        builder: Code of the front end that is credited, 32 bytes as 0x text.
    """

    salt: int
    maker: str
    signer: str
    token_id: str
    maker_amount: int
    taker_amount: int
    side: Side
    signature_type: SignatureType = SignatureType.EOA
    timestamp_ms: int
    metadata: str = ZERO_BYTES32
    builder: str = ZERO_BYTES32


def order_domain(chain_id: int, exchange: Exchange) -> Domain:
    """Return the EIP-712 domain of the orders of an exchange.

    Raises:
        LocalProtocolError: No contracts are known on that chain.
    """
    contracts = CONTRACTS.get(chain_id)
    if contracts is None:
        known = ", ".join(str(known) for known in CONTRACTS)
        raise LocalProtocolError(f"no exchange contract is known on chain {chain_id}; known chains: {known}")
    version = "3" if exchange is Exchange.COMBO else "2"
    return Domain("Polymarket CTF Exchange", version, chain_id, contracts[exchange])


def order_id(order: OrderStruct, domain: Domain) -> str:
    """Return the venue's id of `order`, known before it is sent: its EIP-712 hash, 0x and 64 digits.

    Raises:
        LocalProtocolError: A field does not fit its type.
    """
    return "0x" + _order_digest(order, domain).hex()


def sign_order(order: OrderStruct, domain: Domain, key: SigningKey) -> str:
    """Return the signature of `order`, 0x text. The same order and key always give the same signature.

    Raises:
        LocalProtocolError: The key is not the signer's, maker and signer do not fit the signature type, or a
            field does not fit its type.
    """
    own_wallet = order.signature_type in {SignatureType.EOA, SignatureType.DEPOSIT_WALLET}
    if own_wallet and order.maker.lower() != order.signer.lower():
        raise LocalProtocolError(
            f"signature type {order.signature_type.name}: the maker {order.maker} must be the signer too, "
            f"not {order.signer}"
        )
    if order.signature_type is SignatureType.DEPOSIT_WALLET:
        contents = _ORDER.hash(_order_values(order))
        appendix = (
            domain_separator(domain) + contents + _CONTENTS_TYPE + len(_CONTENTS_TYPE).to_bytes(2, "big")
        )
        return key.sign(_wallet_digest(order, domain)) + appendix.hex()
    if key.address.lower() != order.signer.lower():
        raise LocalProtocolError(f"the private key is not the one of the order's signer {order.signer}")
    return key.sign(_order_digest(order, domain))


def recover_order_signer(order: OrderStruct, domain: Domain, signature: str) -> str:
    """Return the EIP-55 address whose key signed `order`.

    For DEPOSIT_WALLET it must own the wallet `order.signer`; for the others it must equal `order.signer`.

    Raises:
        RemoteProtocolError: The signature is malformed, or belongs to another order or exchange.
        LocalProtocolError: A field of the order does not fit its type.
    """
    if order.signature_type is not SignatureType.DEPOSIT_WALLET:
        return recover_address(_order_digest(order, domain), signature)
    split = 2 + 2 * SIGNATURE_BYTES
    appendix = domain_separator(domain) + _ORDER.hash(_order_values(order))
    appendix += _CONTENTS_TYPE + len(_CONTENTS_TYPE).to_bytes(2, "big")
    if signature[split:].lower() != appendix.hex():
        raise RemoteProtocolError("the wallet's signature is for another order or another exchange")
    return recover_address(_wallet_digest(order, domain), signature[:split])


_CONTENTS_TYPE: Final = _ORDER.type_string.encode()


def _order_values(order: OrderStruct) -> dict[str, object]:
    if not (order.token_id.isascii() and order.token_id.isdigit() and len(order.token_id) <= 78):
        raise LocalProtocolError(
            f"a token id is a decimal number of at most 78 digits: {order.token_id[:80]!r}"
        )
    return {
        "salt": order.salt,
        "maker": order.maker,
        "signer": order.signer,
        "tokenId": int(order.token_id),
        "makerAmount": order.maker_amount,
        "takerAmount": order.taker_amount,
        "side": 0 if order.side is Side.BUY else 1,
        "signatureType": int(order.signature_type),
        "timestamp": order.timestamp_ms,
        "metadata": bytes32(order.metadata),
        "builder": bytes32(order.builder),
    }


@lru_cache(maxsize=8)
def _order_digest(order: OrderStruct, domain: Domain) -> bytes:
    """Return what is signed, and what the venue calls the order. Remembered: both are asked for at once."""
    return typed_data_digest(domain, _ORDER.hash(_order_values(order)))


def _wallet_digest(order: OrderStruct, domain: Domain) -> bytes:
    """Return what the owner of a deposit wallet signs (py-clob-client-v2, `exchange_order_builder_v2.py`)."""
    values = {
        "contents": _order_values(order),
        "name": "DepositWallet",
        "version": "1",
        "chainId": domain.chain_id,
        "verifyingContract": order.signer,
        "salt": bytes(32),
    }
    return typed_data_digest(domain, _WALLET_SIGN.hash(values))
