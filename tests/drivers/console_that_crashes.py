"""The console of the program on an embedded exchange, with a bug in a widget; see `test_engine_crash`.

Arguments: a file that takes what the services went through as JSON, and `crash` or `sound`. The bug shows
when the first book has been drawn and an order may be pressed: as late as bugs do.
"""

import json
import os
import sys
from pathlib import Path

from textual.geometry import Region
from textual.strip import Strip

from omega_tui.cli import console
from omega_tui.clock import SystemClock
from omega_tui.config.folders import state_folder
from omega_tui.config.loading import load_config
from omega_tui.domain.events.status import ServiceState, ServiceStateChanged
from omega_tui.runtime.compose import Plan
from omega_tui.runtime.engine import Engine, LocalBackend
from omega_tui.runtime.live import live
from omega_tui.secret import Redactor
from omega_tui.ui.widgets.ladder import Ladder


def break_the_ladder() -> None:
    """Let the ladder raise while it draws, with a value at hand that nobody must see."""
    sound = Ladder.render_lines

    def broken(self: Ladder, crop: Region) -> list[Strip]:
        local_variable = "7e57" * 8
        if self.painted is not None and self.painted.best_bid is not None:
            raise ZeroDivisionError(f"a bug of {len(local_variable)} letters [red]in[/] a widget\x1b[31m")
        return sound(self, crop)

    Ladder.render_lines = broken


def main() -> int:
    report, mode = Path(sys.argv[1]), sys.argv[2]
    loaded = load_config(path=None, environ=os.environ, flags={})
    state = state_folder(loaded.config.storage, os.environ)
    engine = Engine(lambda platform, stack: live(Plan(loaded, state), platform, stack), SystemClock())
    states = engine.platform.bus.subscribe(ServiceStateChanged)
    if mode == "crash":
        break_the_ladder()
    backend = LocalBackend(engine, venue="sim", is_live=False)
    try:
        return console._show(engine, backend, loaded, state, Redactor())
    finally:
        ended = [event.service for event in states.drain() if event.state is ServiceState.STOPPED]
        report.write_text(json.dumps(ended))


if __name__ == "__main__":
    sys.exit(main())
