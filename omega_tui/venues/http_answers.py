"""The three ways in which a call to a venue ends: an answer, certainly not sent, or nobody knows."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The venue answered, whatever it said.

    Attributes:
        status: HTTP status.
        headers: Names in lower case.
        body: All of it, decompressed.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class NotSent:
    """No connection was made, so not one byte of the request left: it certainly did not arrive."""

    reason: str


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The request may have arrived; no complete answer came."""

    reason: str


HttpResult = HttpAnswer | NotSent | NoAnswer
