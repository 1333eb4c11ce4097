"""Who has no Redis pays nothing for it."""

import subprocess
import sys


def test_the_console_and_its_engine_do_not_import_the_redis_library():
    modules = "omega_tui.__main__, omega_tui.cli.console, omega_tui.runtime.compose, omega_tui.ui.app"
    code = f"import sys, {modules}; sys.exit('redis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
