"""One WebSocket of the embedded Bitget."""

from typing import Final

from omega_tui.protocol.bitget.session import Session
from omega_tui.sim.socket_client import SEND_BUFFER, SocketClient

SILENCE_S: Final = 120.0
"""A client that says nothing for two minutes is disconnected (Bitget docs, "Connect")."""


class Client(SocketClient):
    """One connection.

    Attributes:
        session: What it asked for.
        is_private: Which of the two sockets it is.
    """

    silence_s = SILENCE_S

    def __init__(self, session: Session, *, is_private: bool, limit: int = SEND_BUFFER) -> None:
        super().__init__(limit=limit)
        self.session = session
        self.is_private = is_private
