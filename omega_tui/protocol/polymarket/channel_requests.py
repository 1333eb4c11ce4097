"""What a client says on both channels: shapes, encoding for the client, decoding for the venue."""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from omega_tui.protocol.polymarket.wire import DecodeError

_encoder = msgspec.json.Encoder()


class MarketRequest(Struct, omit_defaults=True):
    """What a client says on the market channel: first with `type`, afterwards with `operation`."""

    type: str | None = None
    operation: str | None = None
    assets_ids: list[str] | None = None
    custom_feature_enabled: bool | None = None
    initial_dump: bool = True
    level: int = 2


_market_request = msgspec.json.Decoder(MarketRequest)


def encode_market_subscription(tokens: Iterable[str], *, custom_features: bool) -> str:
    """Return the first message of a connection."""
    request = {"type": "market", "assets_ids": list(tokens)}
    return _text(request | ({"custom_feature_enabled": True} if custom_features else {}))


def encode_market_operation(operation: str, tokens: Iterable[str], *, custom_features: bool) -> str:
    """Return a later message; `operation` is `subscribe` or `unsubscribe`."""
    request = {"operation": operation, "assets_ids": list(tokens)}
    return _text(request | ({"custom_feature_enabled": True} if custom_features else {}))


def decode_market_request(text: str | bytes) -> MarketRequest:
    """Return what a client said; for the venue's role.

    Raises:
        DecodeError: It is no such request.
    """
    try:
        return _market_request.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise DecodeError(f"no request of the market channel: {error}") from error


class UserAuth(Struct):
    """The credentials inside the first message. Never logged: it has no repr."""

    apiKey: str  # noqa: N815  (the venue's spelling)
    secret: str
    passphrase: str

    def __repr__(self) -> str:
        return "UserAuth(***)"


class UserRequest(Struct, omit_defaults=True):
    """What a client says on the user channel: first with `type` and `auth`, afterwards with `operation`."""

    type: str | None = None
    operation: str | None = None
    auth: UserAuth | None = None
    markets: list[str] | None = None


_user_request = msgspec.json.Decoder(UserRequest)


def encode_user_subscription(auth: Mapping[str, str], markets: Iterable[str]) -> str:
    """Return the first message of a connection. It holds the secrets of `auth` as they are: never log it."""
    return _text({"type": "user", "auth": dict(auth), "markets": list(markets)})


def encode_user_operation(operation: str, markets: Iterable[str]) -> str:
    """Return a later message; `operation` is `subscribe` or `unsubscribe`."""
    return _text({"operation": operation, "markets": list(markets)})


def decode_user_request(text: str | bytes) -> UserRequest:
    """Return what a client said; for the venue's role.

    Raises:
        DecodeError: It is no such request. The message says nothing of its content, which may be secret.
    """
    try:
        return _user_request.decode(text)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise DecodeError("no request of the user channel") from None


def _text(value: object) -> str:
    return _encoder.encode(value).decode()
