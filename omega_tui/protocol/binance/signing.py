"""Signatures of Binance: HMAC-SHA256 in hex over the parameters as sent (Binance docs, "SIGNED")."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from omega_tui.secret import Secret

SIGNATURE: Final = "signature"


@dataclass(frozen=True, slots=True)
class BinanceCredentials:
    """What one API key consists of.

    Attributes:
        api_key: Names the key.
        secret: Signs; never sent.
    """

    api_key: str
    secret: Secret


def signature(secret: Secret, payload: str) -> str:
    """Return the signature of a payload."""
    return hmac.new(secret.reveal().encode(), payload.encode(), sha256).hexdigest()


def request_payload(query: str, body: str) -> str:
    """Return what of a REST request is signed: query and body one after the other, without the signature."""
    return _without_signature(query) + _without_signature(body)


def call_payload(fields: Iterable[tuple[str, str]]) -> str:
    """Return what of a call over WebSocket is signed: its parameters in the order of their names."""
    return "&".join(f"{name}={text}" for name, text in sorted(fields) if name != SIGNATURE)


def is_same_signature(first: str, second: str) -> bool:
    """Whether two signatures are equal, in constant time; the case of the digits does not matter."""
    return hmac.compare_digest(first.lower().encode(), second.lower().encode())


def _without_signature(text: str) -> str:
    return "&".join(part for part in text.split("&") if not part.startswith(f"{SIGNATURE}="))
