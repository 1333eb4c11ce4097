"""One request of the REST interface, as a value: what to send, and how to prove who sends it."""

from dataclasses import dataclass
from enum import Enum, auto


class Auth(Enum):
    """Which proof a request carries (fact sheet, section 8)."""

    NONE = auto()
    L1 = auto()
    """Signed by the key of the address."""
    L2 = auto()
    """Signed by the API credentials."""


@dataclass(frozen=True, slots=True)
class RestRequest:
    """What to send. Nothing in it is secret; the headers of proof are made when it is sent.

    Attributes:
        method: As on the request line.
        path: Of the URL, without host and query; this is what is signed.
        query: Names and values in order, not yet URL-encoded; not signed.
        body: The exact bytes; empty for none.
        auth: The proof it needs.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    auth: Auth = Auth.NONE
