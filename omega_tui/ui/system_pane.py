"""The rows of the system screen: streams, services, metrics. Pure."""

from omega_tui.domain.events import ServiceState
from omega_tui.domain.integrity import Connection, ConnectionState
from omega_tui.ui.desk import Desk
from omega_tui.ui.formats import age_text, fitted, left, right
from omega_tui.ui.pane_lines import message
from omega_tui.ui.row_cells import Piece
from omega_tui.ui.status_line import Line, padded

_SERVICE_ROLE = {
    ServiceState.RUNNING: "good",
    ServiceState.DEGRADED: "warn",
    ServiceState.FAILED: "alarm",
    ServiceState.STOPPED: "dim",
}
_CONNECTION_ROLE = {
    ConnectionState.UP: "good",
    ConnectionState.DOWN: "alarm",
    ConnectionState.REPLAY: "replay",
}


def stream_rows(desk: Desk, now_ns: int, width: int) -> tuple[Line, ...]:
    """Return a line per stream: venue, state, age, lag, attempts, reason."""
    lines = [message("venue/stream       state       age     lag    ping   skew  reason", width)]
    for (venue, stream), connection in sorted(desk.connections.items()):
        lines.append(
            padded(
                [
                    Piece(left(f" {venue}/{stream}", 20), "strong"),
                    Piece(left(connection.state.value, 12), _CONNECTION_ROLE.get(connection.state, "warn")),
                    Piece(left(_since(connection, now_ns), 8), ""),
                    Piece(left(_ms(connection.lag_ms), 7), ""),
                    Piece(left(_ms(connection.keepalive_ms), 7), ""),
                    Piece(left(_ms(connection.clock_skew_ms), 6), ""),
                    Piece(connection.reason, "warn"),
                ],
                width,
            )
        )
    return tuple(lines)


def service_rows(desk: Desk, width: int) -> tuple[Line, ...]:
    """Return a line per service: name, state, reason."""
    lines = [message("service            state       reason", width)]
    for name, service in desk.services.items():
        lines.append(
            padded(
                [
                    Piece(left(f" {name}", 20), "strong"),
                    Piece(left(service.state.value, 12), _SERVICE_ROLE.get(service.state, "warn")),
                    Piece(service.reason, "warn"),
                ],
                width,
            )
        )
    return tuple(lines)


def metric_rows(desk: Desk, width: int) -> tuple[Line, ...]:
    """Return every counter and gauge, in as many columns as fit."""
    cells = []
    for service, values in sorted(desk.metrics.items()):
        for name, value in sorted(values.items()):
            number = f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
            cells.append((f"{service}.{name}", number))
    columns = max(1, width // 40)
    each = width // columns
    rows = -(-len(cells) // columns)
    lines = []
    for row in range(rows):
        line = []
        for name, number in cells[row::rows]:
            line.append(Piece(" " + left(fitted(name, each - 13, "…"), each - 12), "dim"))
            line.append(Piece(right(number, 10) + " ", ""))
        lines.append(padded(line, width))
    return tuple(lines)


def _since(connection: Connection, now_ns: int) -> str:
    return age_text(max(0, now_ns - connection.last_recv_ns) if connection.last_recv_ns else None)


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}ms"
