"""The system screen: streams, services, counters and the log."""

from omega_tui.ui.panes.log_pane import log_rows
from omega_tui.ui.panes.pane_lines import message
from omega_tui.ui.panes.status_line import Line, padded
from omega_tui.ui.panes.system_pane import metric_rows, service_rows, stream_rows, venue_rows
from omega_tui.ui.screens.listing import ListScreen
from omega_tui.ui.session.picture import Picture

LOG_LINES = 200


class SystemScreen(ListScreen):
    """How the engine is."""

    def __init__(self) -> None:
        super().__init__(id="system-screen")

    def title_of(self, picture: Picture, width: int) -> Line:
        return message(
            f"SYSTEM  screen {picture.session.ui_lag_ms} ms late at most in the last second", width
        )

    def all_lines(self, picture: Picture, width: int) -> tuple[Line, ...]:
        desk = picture.session.desk
        blank = padded([], width)
        log = log_rows(desk.log, width, min(LOG_LINES, max(1, len(desk.log) * 2)))
        venues = venue_rows(desk, picture.now_ns, width) if desk.venues else ()
        return (
            *venues,
            *((blank,) if venues else ()),
            *stream_rows(desk, picture.now_ns, width),
            blank,
            *service_rows(desk, width),
            blank,
            *metric_rows(desk, width),
            blank,
            *log,
        )

    def hint(self, picture: Picture) -> str:
        del picture
        return ":restart SERVICE starts a failed service again; {list.down} {list.up} scroll, Esc goes back"
