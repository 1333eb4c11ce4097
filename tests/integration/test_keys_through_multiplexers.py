"""The same keys in a plain pty, in tmux and in GNU screen are the same orders (ladder, section 10, 7)."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from textual._xterm_parser import XTermParser
from textual.events import Key

from omega_tui.ui.keys.keymap_presets import PRESETS, shipped
from tests.terminal import PATIENCE_S, Terminal

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

KEEPER = Path(__file__).resolve().parents[1] / "drivers" / "terminal_that_writes_down.py"
DRIVER = Path(__file__).resolve().parents[1] / "drivers" / "console_that_tells_its_commands.py"

HOME, END, UP, SHIFT_UP, DELETE = "\x1b[H", "\x1b[F", "\x1b[A", "\x1b[1;2A", "\x1b[3~"
F7, F8, F9 = "\x1b[18~", "\x1b[19~", "\x1b[20~"

SCRIPT = (
    (("A", "\r"), ["Arm(venue='sim')"]),
    (("q", "b", "j"), ["PlaceOrder BUY 5 0.45 GTC"]),
    ((HOME + UP, "s", "c"), ["PlaceOrder SELL 5 0.48 GTC"]),
    ((END + "jj", SHIFT_UP), ["AmendOrder o7f20001 0.44"]),
    ((END + "jj", " ", "jj", " "), ["AmendOrder o7f20001 0.41"]),
    (
        (END + "jj", DELETE),
        ["CancelOrders(venue='sim', instrument='1001', side=None, price=Decimal('0.43')"],
    ),
    ((F7, "\r"), ["PlaceOrder SELL 300.00 0.44 IOC"]),
    (
        (F8,),
        [
            "CancelOrders(venue='sim', instrument='1001', side=None",
            "CancelOrders(venue='sim', instrument='1002'",
        ],
    ),
    ((F9,), ["Kill(reason='F9'"]),
)
"""Keys, and the beginnings of the lines that they come to. `q` does nothing, which takes its time."""

VERBS = ("A", "b", "s", F7)


def plain(argv):
    return argv, {}


def tmux(argv, folder):
    """The defaults of tmux, whatever the machine's are."""
    return ["tmux", "-u", "-L", "keys", "-f", "/dev/null", "new-session", *argv], {"TMUX_TMPDIR": str(folder)}


def screen(argv, folder):
    """Likewise of GNU screen."""
    sockets = folder / "sockets"
    sockets.mkdir(mode=0o700)
    return ["screen", "-U", "-c", "/dev/null", "-S", "keys", *argv], {"SCREENDIR": str(sockets)}


LETTERS = {"up": "A", "down": "B", "right": "C", "left": "D", "end": "F", "home": "H"}
NUMBERS = {"insert": 2, "delete": 3, "pageup": 5, "pagedown": 6} | {
    f"f{number}": code for number, code in zip(range(5, 13), (15, 17, 18, 19, 20, 21, 23, 24), strict=True)
}
SHIFT, CTRL = 2, 5
"""How xterm names its keys and modifiers (ctlseqs, "PC-Style Function Keys")."""


def sequences():
    """Return what a terminal sends for its keys, alone and with Shift or Ctrl.

    Left out are Esc, which is typed alone elsewhere, and what begins the commands of tmux and of screen.
    """
    found = [chr(code) for code in range(3, 128) if chr(code) != "\x1b"]
    found += ["\x1b[Z", *(f"\x1bO{letter}" for letter in "PQRS")]
    found += [f"\x1b[{letter}" for letter in LETTERS.values()]
    found += [f"\x1b[{number}~" for number in NUMBERS.values()]
    for code in (SHIFT, CTRL):
        found += [f"\x1b[1;{code}{letter}" for letter in (*LETTERS.values(), *"PQS")]
        found += [f"\x1b[{number};{code}~" for number in NUMBERS.values()]
    return found


def named(text):
    """Return the names of the keys in what a terminal sent."""
    return [event.key for event in XTermParser().feed(text) if isinstance(event, Key)]


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def play(console, path):
    """Press every key of the script; a verb that lapsed on a busy machine is pressed again."""
    console.wait_for("book LIVE", timeout_s=40)
    done = 0
    for keys, wanted in SCRIPT:
        for _ in range(6):
            for key in keys:
                console.type(key)
                if key in VERBS:
                    # A busy machine paints what a verb asks later than a person would wait blindly for it.
                    with contextlib.suppress(AssertionError):
                        console.wait_for(lambda text: "▸" in text, timeout_s=5)
            deadline = time.monotonic() + 3
            while len(lines_of(path)) < done + len(wanted) and time.monotonic() < deadline:
                console.read_for(0.05)
            if len(lines_of(path)) > done:
                break
        told = lines_of(path)[done:]
        assert len(told) == len(wanted), (keys, told, console.text)
        for line, beginning in zip(told, wanted, strict=True):
            assert line.startswith(beginning), (keys, console.text)
        done += len(wanted)


def test_a_paste_without_brackets_is_no_order_and_keys_of_a_stopped_console_are_none(tmp_path):
    path = tmp_path / "commands"
    with Terminal([sys.executable, str(DRIVER), str(path)], home=tmp_path) as console:
        console.wait_for("book LIVE", timeout_s=40)
        for _ in range(20):
            console.type("A")
            console.type("\r")
            if lines_of(path):
                break
        for _ in range(3):
            os.kill(console.process.pid, signal.SIGSTOP)
            os.write(console._master, b"bj" * 250)
            os.kill(console.process.pid, signal.SIGCONT)
            console.read_for(1.0)
        assert not [line for line in lines_of(path) if line.startswith("PlaceOrder")]
        os.write(console._master, b"bj" * 250)
        deadline = time.monotonic() + PATIENCE_S
        while not any(line.startswith("Disarm") for line in lines_of(path)) and time.monotonic() < deadline:
            console.read_for(0.05)
        console.type(F8)
        while not any("CancelOrders" in line for line in lines_of(path)) and time.monotonic() < deadline:
            console.read_for(0.05)
    told = lines_of(path)
    assert any(line.startswith("CancelOrders") for line in told), "the keys behind the paste are heard"
    assert not [line for line in told if line.startswith("PlaceOrder")]
    assert any(line.startswith("Disarm") for line in told)


@pytest.mark.parametrize("through", ["plain", "tmux", "screen"])
def test_the_same_keys_come_to_the_same_orders(tmp_path, through):
    if through != "plain" and shutil.which(through) is None:
        pytest.skip(f"{through} is not installed on this machine")
    path = tmp_path / "commands"
    argv = [sys.executable, str(DRIVER), str(path)]
    env = {}
    if through != "plain":
        argv, env = {"tmux": tmux, "screen": screen}[through](argv, tmp_path)
    with Terminal(argv, home=tmp_path, env=env) as console:
        try:
            play(console, path)
            console.type("\x1b")
            time_of_escape = len(lines_of(path))
            console.type("\x1bb")
            console.type("\x1bj")
            console.read_for(0.3)
            assert len(lines_of(path)) == time_of_escape, "Esc merged with a letter is no action"
        finally:
            if through == "tmux":
                subprocess.run(
                    ["tmux", "-L", "keys", "kill-server"], env={**env, "PATH": "/usr/bin:/bin"}, check=False
                )
            elif through == "screen":
                subprocess.run(
                    ["screen", "-S", "keys", "-X", "quit"], env={**env, "PATH": "/usr/bin:/bin"}, check=False
                )


@pytest.mark.parametrize("through", ["plain", "tmux", "screen"])
def test_the_keys_of_every_preset_are_the_same_keys(tmp_path, through):
    if through != "plain" and shutil.which(through) is None:
        pytest.skip(f"{through} is not installed on this machine")
    path = tmp_path / "heard"
    argv, env = [sys.executable, "-IS", str(KEEPER), str(path)], {}
    if through != "plain":
        argv, env = {"tmux": tmux, "screen": screen}[through](argv, tmp_path)
    sent = {name: text for text in sequences() for name in named(text)}
    binds = {(preset, bind) for preset in PRESETS for bind in shipped(preset, market_orders=True).binds}
    unsent = {bind.keys for _, bind in binds if bind.keys and not sent.keys() & set(bind.keys)}
    assert unsent == {("escape",)}, "every binding has a key that is pressed here"
    with Terminal(argv, home=tmp_path, env=env) as terminal:
        terminal.wait_for("ready")
        os.write(terminal._master, "".join(sent.values()).encode() + b"<end>")
        terminal.wait_exit()
    assert named(path.read_bytes().decode()) == list(sent)


@pytest.mark.skipif(shutil.which("screen") is None, reason="GNU screen is not installed on this machine")
def test_gnu_screen_shows_the_colours_that_are_meant_and_hands_over_esc(tmp_path):
    """The terminal around it has 24-bit colours, and says so. With the mouse reported it holds Esc back."""
    argv, env = screen([sys.executable, "-m", "omega_tui", "--theme", "omega-dark"], tmp_path)
    with Terminal(argv, home=tmp_path, env=env | {"COLORTERM": "truecolor"}) as console:
        try:
            console.wait_for("book LIVE")
            assert console.screen.buffer[0][1].bg == "005fd7", "the bar of a session without real money"
            console.type("\r")
            console.type("?")
            console.wait_for("HELP")
            console.type("\x1b")
            console.wait_for(lambda text: "HELP" not in text, timeout_s=5)
        finally:
            subprocess.run(
                ["screen", "-S", "keys", "-X", "quit"], env={**env, "PATH": "/usr/bin:/bin"}, check=False
            )
