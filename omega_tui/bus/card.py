"""What a process on the bus says of itself, once a second and for as long as it lives."""

import math
from collections.abc import Mapping
from typing import Final

import msgspec

from omega_tui.bus.codec import VERSION, unseal
from omega_tui.errors import RemoteProtocolError

CARD_EXPIRES_S: Final = 4
"""A card that is not renewed goes by itself: its process has ended, or cannot reach the server."""

_ENCODER = msgspec.json.Encoder()


class ServiceStatus(msgspec.Struct, frozen=True):
    """How one service is.

    Attributes:
        service: Its name.
        state: Where it stands in its life cycle.
        reason: Why it is not RUNNING; for people.
        restarts: How often it was started again after a failure.
        since_ns: When it entered the state, the process's own clock.
        metrics: Counters (`_total`), times (`_ms`) and gauges.
    """

    service: str
    state: str
    reason: str
    restarts: int
    since_ns: int
    metrics: dict[str, float]


class Card(msgspec.Struct, frozen=True):
    """One process.

    Attributes:
        v: Version of the frames.
        process: Its name on the bus.
        origin: This run of it.
        pid: Its number on its machine.
        host: Its machine.
        version: Of the program.
        started_ns: When the run began, its own clock.
        clock_offset_ns: The Redis server's clock minus its own.
        venue: Where new orders of its first venue go; empty where it has none.
        is_live: Whether real money is behind that.
        accepts_commands: Whether it carries out requests of who holds the shared key.
        services: In start order.
    """

    v: int
    process: str
    origin: str
    pid: int
    host: str
    version: str
    started_ns: int
    clock_offset_ns: int
    venue: str
    is_live: bool
    accepts_commands: bool
    services: tuple[ServiceStatus, ...]


def finite(metrics: Mapping[str, float]) -> dict[str, float]:
    """Return the metrics that JSON can tell; a gauge that is yes or no becomes 1 or 0."""
    return {name: float(value) for name, value in metrics.items() if math.isfinite(value)}


def encode_card(card: Card) -> bytes:
    """Return a card as JSON."""
    return _ENCODER.encode(card)


def decode_card(text: bytes, *, key: bytes | None = None) -> Card:
    """Return a card.

    Raises:
        RemoteProtocolError: It cannot be read, is of another version, or not sealed with `key`.
    """
    try:
        card = msgspec.json.decode(unseal(text, key), type=Card)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteProtocolError(f"bus: a card cannot be read: {error}") from error
    if card.v != VERSION:
        raise RemoteProtocolError(f"bus: a card of version {card.v}")
    return card
