"""What the states of streams, services, venues and gates are called on the screen. Pure.

A state has one word wherever it is shown. In capitals it wants to be seen; in small letters it
tells how far something has come.
"""

from typing import Final

from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.events.status import ServiceState, VenuePhase
from omega_tui.domain.integrity import ConnectionState
from omega_tui.domain.venue_health import DeadManState
from omega_tui.ui.text.words import MODE_WORDS

_CONNECTIONS: Final = {
    ConnectionState.CONNECTING: "connecting",
    ConnectionState.SYNCING: "syncing",
    ConnectionState.UP: "OK",
    ConnectionState.DOWN: "DOWN",
    ConnectionState.REPLAY: "replay",
}
_SERVICES: Final = {
    ServiceState.CREATED: "new",
    ServiceState.INITIALIZING: "starting",
    ServiceState.RUNNING: "running",
    ServiceState.DEGRADED: "degraded",
    ServiceState.FAILED: "failed",
    ServiceState.STOPPING: "stopping",
    ServiceState.STOPPED: "stopped",
}
_PHASES: Final = {
    VenuePhase.LISTED: "not open",
    VenuePhase.OPENING: "opening",
    VenuePhase.OPEN: "open",
    VenuePhase.FAILED: "failed",
}
_DEAD_MAN: Final = {
    DeadManState.NONE: "none",
    DeadManState.OFF: "off",
    DeadManState.IDLE: "idle",
    DeadManState.ON: "on",
    DeadManState.LOST: "LOST",
}


def state_word(state: ConnectionState | ServiceState | VenuePhase | TradingMode | DeadManState) -> str:
    """Return the word for a state, at most 10 cells."""
    match state:
        case ConnectionState():
            return _CONNECTIONS[state]
        case ServiceState():
            return _SERVICES[state]
        case VenuePhase():
            return _PHASES[state]
        case TradingMode():
            return MODE_WORDS[state]
        case DeadManState():
            return _DEAD_MAN[state]
