"""Who sends a request: the headers of Polymarket's two levels of proof, made and checked.

Everything is a function of its arguments: time and nonce come from the caller. Rules and vectors are in the
fact sheet, section 8; the official client is the oracle of the tests.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from omega_tui.errors import LocalProtocolError, RemoteProtocolError
from omega_tui.protocol.ethereum import (
    Domain,
    SigningKey,
    Struct,
    checksum_address,
    is_address,
    recover_address,
    typed_data_digest,
)
from omega_tui.protocol.polymarket.request import RestRequest
from omega_tui.secret import Secret

POLY_ADDRESS: Final = "POLY_ADDRESS"
POLY_SIGNATURE: Final = "POLY_SIGNATURE"
POLY_TIMESTAMP: Final = "POLY_TIMESTAMP"
POLY_NONCE: Final = "POLY_NONCE"
POLY_API_KEY: Final = "POLY_API_KEY"
POLY_PASSPHRASE: Final = "POLY_PASSPHRASE"  # noqa: S105  (the name of the header)


def address_of(private_key: Secret) -> str:
    """Return the EIP-55 address that `private_key` (64 hexadecimal digits, 0x or not) controls.

    Raises:
        LocalProtocolError: It is not a private key.
    """
    return SigningKey(private_key).address


@dataclass(frozen=True, slots=True)
class ApiCredentials:
    """What L2 requests are signed with; made by the venue for one address.

    Attributes:
        api_key: Identifies the owner; also in the body of every order.
        secret: base64url; the key of the HMAC.
        passphrase: Sent along with every request.
    """

    api_key: str = field(repr=False)
    secret: Secret
    passphrase: Secret

    def known(self) -> tuple[Secret, ...]:
        """Return what no log, report or recording may hold, for a redactor."""
        return (Secret(self.api_key), self.secret, self.passphrase)


# --- L1: proof of the address, by its key

AUTH_MESSAGE: Final = "This message attests that I control the given wallet"

_CLOB_AUTH = Struct(
    "ClobAuth",
    (("address", "address"), ("string", "timestamp"), ("uint256", "nonce"), ("string", "message")),
)


@dataclass(frozen=True, slots=True)
class AddressProof:
    """What verified L1 headers say.

    Attributes:
        address: EIP-55, proven to be the signer's.
        timestamp_s: When it was signed, by the signer's clock. How old is too old is the caller's decision.
        nonce: Tells the credentials of one address apart.
    """

    address: str
    timestamp_s: int
    nonce: int


def l1_headers(key: SigningKey, *, chain_id: int, timestamp_s: int, nonce: int = 0) -> dict[str, str]:
    """Return the headers that create or derive API credentials."""
    return {
        POLY_ADDRESS: key.address,
        POLY_SIGNATURE: key.sign(_auth_digest(key.address, chain_id, str(timestamp_s), nonce)),
        POLY_TIMESTAMP: str(timestamp_s),
        POLY_NONCE: str(nonce),
    }


def verify_l1_headers(headers: Mapping[str, str], *, chain_id: int) -> AddressProof:
    """Check L1 headers as the venue does; `headers` must find names in any case.

    Raises:
        RemoteProtocolError: A header is missing or malformed, or the signature is not the address's.
    """
    address = _header(headers, POLY_ADDRESS)
    if not is_address(address):
        raise RemoteProtocolError(f"{POLY_ADDRESS} is not an address")
    timestamp_s = _whole_number(headers, POLY_TIMESTAMP)
    nonce = _whole_number(headers, POLY_NONCE)
    digest = _auth_digest(address, chain_id, _header(headers, POLY_TIMESTAMP), nonce)
    if recover_address(digest, _header(headers, POLY_SIGNATURE)) != checksum_address(address):
        raise RemoteProtocolError(f"{POLY_SIGNATURE} was not made by {POLY_ADDRESS}")
    return AddressProof(checksum_address(address), timestamp_s, nonce)


def _auth_digest(address: str, chain_id: int, timestamp: str, nonce: int) -> bytes:
    values = {"address": address, "timestamp": timestamp, "nonce": nonce, "message": AUTH_MESSAGE}
    return typed_data_digest(Domain("ClobAuthDomain", "1", chain_id), _CLOB_AUTH.hash(values))


# --- L2: proof of the credentials, by HMAC


def l2_signature(secret: Secret, request: RestRequest, *, timestamp_s: int) -> str:
    """Return base64url(HMAC-SHA256(secret, timestamp + method + path + body)), with its padding.

    The query is not signed; the body is signed as the very bytes that are sent.

    Args:
        secret: base64url.
        request: What is sent.
        timestamp_s: Seconds since the epoch, as in the header.

    Raises:
        LocalProtocolError: The secret is not base64url.
    """
    try:
        key = base64.b64decode(secret.reveal(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        # Without the cause: its text may repeat a part of the secret.
        raise LocalProtocolError("the API secret is not base64url") from None
    message = f"{timestamp_s}{request.method}{request.path}".encode() + request.body
    return base64.urlsafe_b64encode(hmac.digest(key, message, hashlib.sha256)).decode()


def l2_headers(
    credentials: ApiCredentials, address: str, request: RestRequest, *, timestamp_s: int
) -> dict[str, str]:
    """Return the headers that send `request` in the name of `credentials`.

    Args:
        credentials: Of the venue.
        address: The one whose key made the credentials: the signer, not the wallet that holds the funds.
        request: What is sent.
        timestamp_s: Seconds since the epoch; the venue's time if the clock is off.

    Raises:
        LocalProtocolError: The secret is not base64url.
    """
    return {
        POLY_ADDRESS: address,
        POLY_SIGNATURE: l2_signature(credentials.secret, request, timestamp_s=timestamp_s),
        POLY_TIMESTAMP: str(timestamp_s),
        POLY_API_KEY: credentials.api_key,
        POLY_PASSPHRASE: credentials.passphrase.reveal(),
    }


def verify_l2_headers(
    headers: Mapping[str, str], credentials: ApiCredentials, address: str, request: RestRequest
) -> int:
    """Check L2 headers as the venue does, in constant time; return their timestamp in seconds.

    The caller looked `credentials` and `address` up by the `POLY_API_KEY` header, and decides how old is too
    old. `headers` must find names in any case.

    Raises:
        RemoteProtocolError: A header is missing, malformed or wrong. Which secret part was wrong is not said.
    """
    timestamp_s = _whole_number(headers, POLY_TIMESTAMP)
    expected = l2_headers(credentials, address, request, timestamp_s=timestamp_s)
    if _header(headers, POLY_ADDRESS).lower() != address.lower():
        raise RemoteProtocolError(f"{POLY_ADDRESS} is not the address of the API key")
    right = [
        hmac.compare_digest(_header(headers, name).encode(), expected[name].encode())
        for name in (POLY_API_KEY, POLY_PASSPHRASE, POLY_SIGNATURE)
    ]
    if not all(right):
        raise RemoteProtocolError("the L2 headers were not made with the credentials of the API key")
    return timestamp_s


def user_channel_auth(credentials: ApiCredentials) -> dict[str, str]:
    """Return the `auth` object of the user channel's first message: the secrets themselves, no signature."""
    return {
        "apiKey": credentials.api_key,
        "secret": credentials.secret.reveal(),
        "passphrase": credentials.passphrase.reveal(),
    }


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name)
    if not value:
        raise RemoteProtocolError(f"the header {name} is missing")
    return value


def _whole_number(headers: Mapping[str, str], name: str) -> int:
    text = _header(headers, name)
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise RemoteProtocolError(f"{name} is not a whole number")
    return int(text)
