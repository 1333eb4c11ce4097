"""The rows of the system screen: streams, services, metrics. Pure."""

from omega_tui.domain.events.status import ServiceState, VenueChanged, VenuePhase
from omega_tui.domain.integrity import Connection, ConnectionState
from omega_tui.domain.venue_health import DeadManState, VenueHealth
from omega_tui.ui.desk.desk import Desk
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.panes.header_line import MODE_ROLES
from omega_tui.ui.panes.pane_lines import message
from omega_tui.ui.panes.status_line import Line, padded
from omega_tui.ui.text.formats import age_text, fitted, left, right
from omega_tui.ui.text.state_words import state_word
from omega_tui.units import NS_PER_MS, NS_PER_S

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


_PHASE_ROLE = {VenuePhase.OPEN: "good", VenuePhase.FAILED: "alarm", VenuePhase.LISTED: "dim"}


def venue_rows(desk: Desk, now_ns: int, width: int) -> tuple[Line, ...]:
    """Return a line per venue: what it is, whether it is open and armed, and how patiently it answers."""
    lines = [
        message("venue              what            state       mode       asked   skew   rate   ", width)
    ]
    for name, venue in desk.venues.items():
        health = desk.health.get(name) or VenueHealth(name)
        what = f"{venue.exchange} {venue.account_type}".strip()
        mode = "VIEW ONLY" if desk.view_only(name) else state_word(desk.mode(name))
        said = _said(desk, venue, health, now_ns)
        lines.append(
            padded(
                [
                    Piece(left(f" {name}", 20), "strong"),
                    Piece(left(fitted(what, 15, "…"), 16), "live" if venue.is_live else ""),
                    Piece(left(state_word(venue.phase), 12), _PHASE_ROLE.get(venue.phase, "warn")),
                    Piece(mode, MODE_ROLES[desk.mode(name)]),
                    Piece(" " * (11 - len(mode)), ""),
                    Piece(left(_ms(health.latency_ms), 8), ""),
                    Piece(left(_ms(health.clock_skew_ms), 7), ""),
                    Piece(left(_rate(health), 8), "warn" if (health.rate_used or 0) >= 1 else ""),
                    Piece(said, "warn" if health.rests_until_ns > now_ns else "dim"),
                ],
                width,
            )
        )
    return tuple(lines)


def _said(desk: Desk, venue: VenueChanged, health: VenueHealth, now_ns: int) -> str:
    """Return the most important thing to say of a venue."""
    if health.rests_until_ns > now_ns:
        left_s = (health.rests_until_ns - now_ns) // NS_PER_S + 1
        return f"rests {left_s} s as asked, cancels do not"
    if health.waiting:
        return f"{health.waiting} wait for the budget, cancels never"
    if health.may_withdraw:
        return "its key may withdraw: make one that may not"
    dead_man = desk.dead_man.get(venue.venue)
    if dead_man is not None and dead_man.state in {DeadManState.ON, DeadManState.LOST}:
        why = dead_man.reason or f"{dead_man.timeout_s:g} s"
        return f"dead-man switch {state_word(dead_man.state)}: {why}"
    if venue.text or desk.view_only(venue.venue):
        return venue.text or desk.view_only(venue.venue)
    told = []
    if health.rights_untold:
        told.append("rights of the key not known")
    if health.markets_ns:
        told.append(f"markets {age_text(max(0, now_ns - health.markets_ns))} old")
    return ", ".join(told)


def _rate(health: VenueHealth) -> str:
    return "-" if health.rate_used is None else f"{health.rate_used:.0%}"


def stream_rows(desk: Desk, now_ns: int, width: int) -> tuple[Line, ...]:
    """Return a line per stream: venue, state, age, lag, attempts, reason."""
    lines = [message("venue/stream       state       age     lag    ping   skew  reason", width)]
    for (venue, stream), connection in sorted(desk.connections.items()):
        role = _CONNECTION_ROLE.get(connection.state, "warn")
        lines.append(
            padded(
                [
                    Piece(left(f" {venue}/{stream}", 20), "strong"),
                    Piece(left(state_word(connection.state), 12), role),
                    Piece(left(_since(connection, now_ns), 8), ""),
                    Piece(left(_ms(connection.lag_ms if connection.is_up else None), 7), ""),
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
                    Piece(left(state_word(service.state), 12), _SERVICE_ROLE.get(service.state, "warn")),
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
    """Return milliseconds as an age, which fits into its column however long it gets."""
    if value is None:
        return "-"
    text = age_text(round(abs(value)) * NS_PER_MS)
    return f"-{text}" if round(value) < 0 else text
