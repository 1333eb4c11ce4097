"""One WebSocket of the embedded Binance."""

from typing import Final

from omega_tui.protocol.binance.streams import StreamSession
from omega_tui.sim.socket_client import SEND_BUFFER, SocketClient

HEARTBEAT_S: Final = 20.0
"""How often a client is pinged (Binance docs, "WebSocket streams"); it must answer within half of that."""


class Client(SocketClient):
    """One connection.

    Attributes:
        session: Its market streams; None on a connection for calls or for one user.
        accounts: Whose events it is sent: the number of the subscription, by account.
    """

    heartbeat_s = HEARTBEAT_S

    def __init__(self, session: StreamSession | None = None, *, limit: int = SEND_BUFFER) -> None:
        super().__init__(limit=limit)
        self.session = session
        self.accounts: dict[str, int] = {}
