"""What is not drawn in the first picture is not imported for it, and there a few seconds later."""

import subprocess
import sys
from pathlib import Path

from omega_tui.ui.late import LATE, import_late

CODE = """
import os, sys
from tests.ui.fake_backend import FakeBackend
from omega_tui.config.model import OmegaConfig
from omega_tui.ui.app import make_app

class Started(FakeBackend):
    def start(self):
        app.frame()
        os.write(1, " ".join(sys.modules).encode())
        os._exit(0)

app = make_app(Started(), OmegaConfig())
app.run(headless=True, size=({columns}, {lines}))
"""
HEAVY = ("aiohttp", "ccxt", "numpy", "picows", "redis", "sqlite3", "websockets", "tree_sitter")


def imported(columns, lines):
    """Return what is imported when the first picture has been painted."""
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(columns=columns, lines=lines)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stdout.split())


def test_the_outline_is_written_before_anything_is_imported_that_it_does_not_need():
    code = "import sys, omega_tui.__main__; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = set(done.stdout.split())
    assert "omega_tui.outline" in modules
    assert not modules & {"argparse", "asyncio", "logging", "msgspec", "pathlib", "re", "typing"}


def test_the_first_picture_is_painted_without_what_is_imported_late():
    modules = imported(200, 60)
    assert "omega_tui.ui.screens.trading" in modules
    assert not modules & {*LATE, *HEAVY}


def test_what_is_imported_late_is_imported_one_by_one_and_can_be_used_before():
    assert tuple(import_late()) == LATE
