"""The venue's role on one WebSocket: logins and subscriptions in, what to do about them out. Sans-IO."""

from collections.abc import Callable
from typing import Final, NamedTuple

import msgspec

from omega_tui.protocol.bitget.refusals import (
    WS_BAD_CHANNEL,
    WS_BAD_OPERATION,
    WS_BAD_PARAMETER,
    WS_LOGIN_NEEDED,
    WS_WORDS,
)
from omega_tui.protocol.bitget.wire import PING, PONG, Arg, confirmed, logged_in, parse_arg, ws_error

MAX_ARGS: Final = 240
"""Subscriptions of one connection (Bitget docs, "Connect", 240 per hour)."""


class Send(NamedTuple):
    """Send a frame."""

    text: str


class Subscribed(NamedTuple):
    """A channel is to be confirmed and from now on sent."""

    arg: Arg


class Unsubscribed(NamedTuple):
    """A channel is no longer wanted."""

    arg: Arg


Reaction = Send | Subscribed | Unsubscribed


class Login(NamedTuple):
    """What a client offers as proof."""

    api_key: str
    passphrase: str
    timestamp_s: str
    sign: str


class Session:
    """What one client asked for.

    Attributes:
        account: Whose it is after a login; empty before.
        args: Channels that it listens to.
    """

    def __init__(
        self, *, is_private: bool, knows: Callable[[Arg], bool], login: Callable[[Login], str | int]
    ) -> None:
        """Start without anything.

        Args:
            is_private: Whether the channels need a login.
            knows: Whether there is such a channel.
            login: Returns the account of a good login, or the code of the refusal.
        """
        self.account = ""
        self.args: dict[Arg, None] = {}
        self._is_private = is_private
        self._knows = knows
        self._login = login

    def receive(self, text: str) -> list[Reaction]:
        """Return what to do about a frame."""
        if text == PING:
            return [Send(PONG)]
        try:
            message = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            return [_refused(WS_BAD_OPERATION)]
        operation = message.get("op") if isinstance(message, dict) else None
        args = message.get("args") if isinstance(message, dict) else None
        handle = {
            "login": self._receive_login,
            "subscribe": self._subscribe,
            "unsubscribe": self._unsubscribe,
        }.get(operation if isinstance(operation, str) else "")
        if handle is None:
            return [_refused(WS_BAD_OPERATION)]
        if not isinstance(args, list) or not 0 < len(args) <= MAX_ARGS:
            return [_refused(WS_BAD_PARAMETER)]
        return [reaction for raw in args for reaction in handle(raw)]

    def confirm(self, arg: Arg) -> str:
        """Start listening to a channel and return the frame that says so."""
        self.args[arg] = None
        return confirmed("subscribe", arg)

    def _receive_login(self, raw: object) -> list[Reaction]:
        if not isinstance(raw, dict):
            return [_refused(WS_BAD_PARAMETER)]
        login = Login(*(str(raw.get(name, "")) for name in ("apiKey", "passphrase", "timestamp", "sign")))
        verdict = self._login(login)
        if isinstance(verdict, int):
            return [_refused(verdict)]
        self.account = verdict
        return [Send(logged_in())]

    def _subscribe(self, raw: object) -> list[Reaction]:
        arg = parse_arg(raw)
        if arg is None:
            return [_refused(WS_BAD_PARAMETER)]
        if not self._knows(arg):
            named = f"instType:{arg.inst_type},channel:{arg.channel},instId:{arg.inst_id or arg.coin}"
            return [Send(ws_error(WS_BAD_CHANNEL, f"{named} doesn't exist"))]
        if self._is_private and not self.account:
            return [_refused(WS_LOGIN_NEEDED)]
        return [Subscribed(arg)]

    def _unsubscribe(self, raw: object) -> list[Reaction]:
        arg = parse_arg(raw)
        if arg is None:
            return [_refused(WS_BAD_PARAMETER)]
        self.args.pop(arg, None)
        return [Unsubscribed(arg), Send(confirmed("unsubscribe", arg))]


def _refused(code: int) -> Send:
    return Send(ws_error(code, WS_WORDS[code]))
