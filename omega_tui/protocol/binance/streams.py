"""The venue's role on a WebSocket of market streams: subscriptions in, answers out. Sans-IO."""

from typing import Final

import msgspec

from omega_tui.protocol.binance.refusals import WS_BAD_JSON, WS_INVALID
from omega_tui.protocol.binance.wire import combined, encoded

MAX_STREAMS: Final = 1024
"""Streams of one connection (Binance docs, "WebSocket streams")."""

INVALID_REQUEST: Final = "Invalid request"


class StreamSession:
    """What one client listens to.

    Attributes:
        streams: Their names, as `btcusdt@depth@100ms`, in the order of their subscription.
        is_combined: Whether frames name their stream.
    """

    def __init__(self, streams: str = "", *, is_combined: bool = False) -> None:
        """Start with the streams of the address: one name, or several with `/` between them."""
        self.streams: dict[str, None] = dict.fromkeys(name for name in streams.split("/") if "@" in name)
        self.is_combined = is_combined

    def receive(self, text: str) -> bytes:
        """Return the answer to a frame, after which the subscriptions are as it asked."""
        try:
            message = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            return _refused(WS_BAD_JSON, "Invalid JSON: expected value", None)
        if not isinstance(message, dict):
            return _refused(WS_INVALID, f"{INVALID_REQUEST}: request must be an object", None)
        call_id = message.get("id")
        if call_id is not None and (isinstance(call_id, bool) or not isinstance(call_id, int | str)):
            return _refused(WS_INVALID, f"{INVALID_REQUEST}: request ID must be an unsigned integer", None)
        return self._do(message.get("method"), message.get("params", []), call_id)

    def frame(self, stream: str, data: bytes) -> bytes:
        """Return the frame that carries data of a stream."""
        return combined(stream, data) if self.is_combined else data

    def _do(self, method: object, params: object, call_id: int | str | None) -> bytes:
        if method == "LIST_SUBSCRIPTIONS":
            return _answer(list(self.streams), call_id)
        if not isinstance(params, list):
            return _refused(WS_INVALID, f"{INVALID_REQUEST}: params must be an array", call_id)
        if method in {"SET_PROPERTY", "GET_PROPERTY"}:
            return self._property(params, call_id)
        if method not in {"SUBSCRIBE", "UNSUBSCRIBE"}:
            return _refused(WS_INVALID, f"{INVALID_REQUEST}: unknown method", call_id)
        return self._subscribe(params, call_id, is_on=method == "SUBSCRIBE")

    def _subscribe(self, names: list[object], call_id: int | str | None, *, is_on: bool) -> bytes:
        valid = [name for name in names if isinstance(name, str) and "@" in name]
        if len(valid) != len(names):
            return _refused(WS_INVALID, f"{INVALID_REQUEST}: invalid stream", call_id)
        if not is_on:
            for name in valid:
                self.streams.pop(name, None)
        elif len(self.streams.keys() | set(valid)) > MAX_STREAMS:
            return _refused(WS_INVALID, f"{INVALID_REQUEST}: too many streams", call_id)
        else:
            self.streams |= dict.fromkeys(valid)
        return _answer(None, call_id)

    def _property(self, params: list[object], call_id: int | str | None) -> bytes:
        match params:
            case ["combined"]:
                return _answer(self.is_combined, call_id)
            case ["combined", bool(wanted)]:
                self.is_combined = wanted
                return _answer(None, call_id)
        return _refused(WS_INVALID, f"{INVALID_REQUEST}: unknown property", call_id)


def _answer(result: object, call_id: int | str | None) -> bytes:
    return encoded({"result": result, "id": call_id})


def _refused(code: int, words: str, call_id: int | str | None) -> bytes:
    return encoded({"error": {"code": code, "msg": words}, "id": call_id})
