"""Signatures of Bitget v2: HMAC-SHA256 in base64 over the time and the request (Bitget docs, "Signature")."""

import base64
import hmac
from dataclasses import dataclass
from hashlib import sha256

from omega_tui.secret import Secret


@dataclass(frozen=True, slots=True)
class BitgetCredentials:
    """What one API key consists of.

    Attributes:
        api_key: Names the key.
        secret: Signs; never sent.
        passphrase: Goes with every request.
    """

    api_key: str
    secret: Secret
    passphrase: Secret


def rest_signature(  # noqa: PLR0913  (these are what is signed)
    secret: Secret, *, timestamp_ms: str, method: str, path: str, query: str = "", body: str = ""
) -> str:
    """Return `ACCESS-SIGN` of a request.

    Args:
        secret: Of the key.
        timestamp_ms: As in `ACCESS-TIMESTAMP`.
        method: In capitals.
        path: With its leading slash, without the host.
        query: Without the question mark, in the order in which it is sent, not percent-encoded.
        body: As it is sent.
    """
    asked = f"{path}?{query}" if query else path
    return _signed(secret, f"{timestamp_ms}{method}{asked}{body}")


def login_signature(secret: Secret, *, timestamp_s: str) -> str:
    """Return `sign` of a login on a WebSocket; the time is in seconds there."""
    return _signed(secret, f"{timestamp_s}GET/user/verify")


def is_same_signature(first: str, second: str) -> bool:
    """Whether two signatures are equal, in constant time."""
    return hmac.compare_digest(first.encode(), second.encode())


def _signed(secret: Secret, text: str) -> str:
    digest = hmac.new(secret.reveal().encode(), text.encode(), sha256).digest()
    return base64.b64encode(digest).decode()
