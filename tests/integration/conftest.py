"""What the tests of headless commands share."""

import io
import subprocess

import pytest

from omega_tui.__main__ import main
from tests.command import environment


@pytest.fixture
def here(tmp_path, monkeypatch, capfd):
    """Run a command in this process, in the environment of a fresh login; what it prints is what is kept."""
    for name, value in environment(tmp_path).items():
        if name.startswith("XDG_") or name == "HOME":
            monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(*arguments, env=None, typed=""):
        with monkeypatch.context() as only_now:
            only_now.setattr("sys.stdin", io.StringIO(typed))
            for name, value in (env or {}).items():
                only_now.setenv(name, value)
            try:
                code = main([str(word) for word in arguments])
            except SystemExit as ended:
                code = ended.code
        return subprocess.CompletedProcess(arguments, code, *capfd.readouterr())

    return run
