"""Shapes of Bitget v2 "classic" that both roles share: the REST envelope, channel names, pushed frames."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec

SUCCESS: Final = "00000"
PING: Final = "ping"
PONG: Final = "pong"
DEFAULT: Final = "default"
"""Stands for every symbol or coin in private channels."""


class ProductType(StrEnum):
    """Kinds of markets, as WebSockets and futures requests name them."""

    SPOT = "SPOT"
    USDT_FUTURES = "USDT-FUTURES"


class Action(StrEnum):
    """Whether a frame replaces what was known or adds to it."""

    SNAPSHOT = "snapshot"
    UPDATE = "update"


class Arg(NamedTuple):
    """Names one channel.

    Attributes:
        inst_type: As `SPOT` or `USDT-FUTURES`.
        channel: As `books` or `candle1m`.
        inst_id: Symbol or `default`; empty where the channel goes by coin.
        coin: `default` or a coin; empty where the channel goes by symbol.
    """

    inst_type: str
    channel: str
    inst_id: str = ""
    coin: str = ""

    def fields(self) -> dict[str, str]:
        """Return it as the wire has it."""
        named = {"instType": self.inst_type, "channel": self.channel}
        return named | ({"coin": self.coin} if self.coin else {"instId": self.inst_id})


def answer(data: Any, request_ms: int) -> bytes:  # noqa: ANN401  (any JSON)
    """Return the body of a request that was served."""
    return encoded({"code": SUCCESS, "msg": "success", "requestTime": request_ms, "data": data})


def failure(code: str, words: str, request_ms: int) -> bytes:
    """Return the body of a request that was refused."""
    return encoded({"code": code, "msg": words, "requestTime": request_ms, "data": None})


def push(action: Action, arg: Arg, data: Sequence[Any], at_ms: int) -> str:
    """Return a frame with data of a channel."""
    return encoded({"action": action, "arg": arg.fields(), "data": data, "ts": at_ms}).decode()


def confirmed(event: str, arg: Arg) -> str:
    """Return the frame that confirms `subscribe` or `unsubscribe`."""
    return encoded({"event": event, "arg": arg.fields()}).decode()


def logged_in() -> str:
    """Return the frame that confirms a login."""
    return encoded({"event": "login", "code": 0, "msg": ""}).decode()


def ws_error(code: int, words: str) -> str:
    """Return the frame that refuses something."""
    return encoded({"event": "error", "code": code, "msg": words}).decode()


def book_data(  # noqa: PLR0913  (a book has these fields)
    bids: Sequence[tuple[str, str]],
    asks: Sequence[tuple[str, str]],
    *,
    at_ms: int,
    sequence: int,
    previous: int,
    checksum: int | None = None,
) -> dict[str, Any]:
    """Return the data of a book frame; the venue no longer sends checksums, so there is none by default.

    Args:
        bids: Price and size, highest first; size 0 removes a level.
        asks: Lowest first.
        at_ms: The venue's time.
        sequence: Of this frame.
        previous: Of the frame before; 0 in a snapshot.
        checksum: As the venue used to send.
    """
    fields: dict[str, Any] = {"asks": asks, "bids": bids}
    if checksum is not None:
        fields["checksum"] = checksum
    return fields | {"seq": sequence, "pseq": previous, "ts": str(at_ms)}


def parse_arg(raw: object) -> Arg | None:
    """Return the channel that one entry of `args` names; None where it names none."""
    if not isinstance(raw, Mapping):
        return None
    texts = [raw.get(name, "") for name in ("instType", "channel", "instId", "coin")]
    if not all(isinstance(text, str) for text in texts):
        return None
    arg = Arg(*texts)
    return arg if arg.inst_type and arg.channel and (arg.inst_id or arg.coin) else None


def encoded(fields: Mapping[str, Any]) -> bytes:
    """Return JSON without spaces."""
    return msgspec.json.encode(fields)
