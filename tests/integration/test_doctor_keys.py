"""`omega-tui doctor keys` in a real pty: one key is lost, and the file that comes of it works."""

import os

import pytest

from omega_tui.ui.keys.key_names import written
from omega_tui.ui.keys.key_probe import probes
from omega_tui.ui.keys.keymap import Context
from omega_tui.ui.keys.keymap_file import load_keymap
from omega_tui.ui.keys.keymap_presets import shipped
from tests.terminal import Terminal

pytestmark = [pytest.mark.slow, pytest.mark.timeout(60)]

SENDS = {
    "f1": "\x1bOP", "f2": "\x1bOQ", "f5": "\x1b[15~", "f6": "\x1b[17~", "f7": "\x1b[18~",
    "f8": "\x1b[19~", "f9": "\x1b[20~", "delete": "\x1b[3~", "enter": "\r", "escape": "\x1b", "tab": "\t",
    "shift+tab": "\x1b[Z", "backspace": "\x7f", "space": " ",
    "up": "\x1b[A", "down": "\x1b[B", "home": "\x1b[H",
    "end": "\x1b[F", "pageup": "\x1b[5~", "pagedown": "\x1b[6~",
}  # fmt: skip


def sent(key):
    """What a terminal sends for a key: its sequence, the code of a control key, or the character."""
    if key.startswith("ctrl+"):
        return chr(ord(key[-1]) & 0x1F)
    return SENDS.get(key) or written(key)


def doctor(home, *options, columns=110):
    return Terminal.omega("doctor", "keys", "--wait", "30", *options, home=home, columns=columns, lines=60)


def press(console, text):
    os.write(console._master, text.encode())


@pytest.mark.parametrize("columns", [80, 110])
def test_a_lost_key_gets_another_and_the_file_works(tmp_path, columns):
    tried = probes(shipped("verb"))
    with doctor(tmp_path, columns=columns) as console:
        console.wait_for(f"asked for, {len(tried)} in all")
        for number, probe in enumerate(tried):
            console.wait_for(lambda text, n=number: text.count("LOST") + text.count(" ok") == n, timeout_s=30)
            console.wait_for(f"  {written(probe.key):<12}")
            # F8 does not arrive; the others do, as an ordinary terminal sends them.
            press(console, "\r" if probe.key == "f8" else sent(probe.key))
        console.wait_for("out of reach")
        told = [line for line in console.text.splitlines() if line.startswith("  ") and line.strip()]
        ends = [line.rstrip().endswith((" ok", " LOST: nothing arrives")) for line in told]
        assert all(ends[:-1]), "a line for each key, none of them broken"
        assert len(ends) == len(tried) + 1
        console.wait_for("panic.cancel_market (cancel all in this market, at once) is out of reach: F8.")
        press(console, SENDS["delete"])
        console.wait_for("Del, which is cancel.here")
        press(console, SENDS["f5"])
        console.wait_for("Wrote ")
        assert console.wait_exit() == 0
    assert "Lost here: F8." in console.text
    path = tmp_path / "config" / "omega-tui" / "keymap.toml"
    keymap = load_keymap(path)
    assert keymap.find("f5", Context.ANY) == keymap.find("f8", Context.ANY) == "panic.cancel_market"


def test_leaving_writes_nothing_and_gives_the_terminal_back(tmp_path):
    with doctor(tmp_path) as console:
        console.wait_for("Press each key")
        press(console, "\x03")
        assert console.wait_exit() == 1
        assert "nothing was written" in console.text
    assert console.raw.rindex(b"\x1b[<u") > console.raw.index(b"\x1b[>25u")
    assert not (tmp_path / "config").exists()
