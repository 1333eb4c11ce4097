"""The console in a real pty, driven by its keys, against the embedded exchange."""

import json
import re
import signal
import subprocess
import sys

import pytest

from tests.terminal import Terminal

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

LIVE = re.compile(r"book (LIVE|QUIET)")
ARMED = re.compile(r"ARMED \d\d:\d\d")
HEADER = 0
POSITION = 1


def line(number):
    return lambda text: text.splitlines()[number]


def live(text):
    return LIVE.search(text.splitlines()[HEADER])


def press(console, key, wanted, *, again_s=1.0, times=10):
    """Press a key until it brings what is wanted: a lock of 0.15 to 0.3 s drops keys, and says so."""
    for _ in range(times):
        console.type(key)
        try:
            return console.wait_for(wanted, timeout_s=again_s)
        except AssertionError:
            continue
    return console.wait_for(wanted, timeout_s=0.1)


def confirm(console, verb, asks, wanted):
    """Press a verb, then Enter until it is done; the question lapses after 1.5 s and is asked again."""
    for _ in range(10):
        press(console, verb, asks)
        try:
            return press(console, "\r", wanted, again_s=0.4, times=3)
        except AssertionError:
            continue
    return console.wait_for(wanted, timeout_s=0.1)


def arm(console):
    console.wait_for(live)
    confirm(console, "A", "ARM ▸ Enter", lambda text: ARMED.search(text.splitlines()[HEADER]))


def leave(console):
    press(console, ":", "a command")
    console.type("q")
    console.wait_for(lambda text: ":q" in text.splitlines()[-1])
    console.type("\r")


def order(console, verb, what, expected):
    """Press a verb, wait for its menu with prices, press the object, wait for what it brings."""
    press(console, verb, lambda text: "▸" in text.splitlines()[-2])
    console.type(what)
    console.wait_for(expected)


def on_its_row(text):
    """Whether an own order of 5 stands on the ladder, on a row with a price."""
    rows = (row for row in text.splitlines() if re.match(r".{3,8}5▐", row))
    return next((row for row in rows if re.search(r"0\.\d\d", row)), None)


def join_until_filled(console):
    """Join the bid and see the order on its row; where the market runs away, cancel and join again."""
    for _ in range(8):
        order(console, "b", "j", lambda text: on_its_row(text) or "✓ filled" in text)
        try:
            return console.wait_for("✓ filled", timeout_s=12)
        except AssertionError:
            order(console, "x", "b", lambda text: "canceled" in text or "✓ filled" in text)
            if "✓ filled" in console.text:
                return True
    return console.wait_for("✓ filled", timeout_s=0.1)


def test_a_trader_trades_by_keyboard(tmp_path):
    """The book moves: arm, join the bid, see the order on its row and filled, cancel another, flatten."""
    with Terminal.omega("--seed", "7", "--rate", "60", home=tmp_path) as console:
        console.wait_for("PAPER", timeout_s=5)
        console.wait_for(live)
        assert "DISARMED" in console.text
        before = console.text
        console.wait_for(lambda text: text != before and live(text))

        arm(console)
        join_until_filled(console)
        position = console.wait_for(
            lambda text: re.search(r"POS \+\d+ \S+ @\S+ +uPnL \S+", text.splitlines()[POSITION])
        )
        assert position

        console.type("\x1b[F")  # End: the cursor to the best bid,
        console.type("J")  # and ten prices below it.
        order(console, "b", "c", lambda text: re.search(r"B +0\.\d+ 5/5 +▐ working", text))
        order(console, "x", "c", "canceled")
        confirm(console, "f", "FLATTEN", lambda text: "POS flat" in text.splitlines()[POSITION])

        leave(console)
        assert console.wait_exit() == 0
    assert b"Traceback" not in console.raw


@pytest.fixture
def exchange(tmp_path):
    """The embedded exchange as a process of its own, that can be killed and started again where it was."""

    class Exchange:
        announcement = tmp_path / "announced.json"
        process = None
        port = 0

        def start(self):
            state = tmp_path / "exchange.state"
            command = ["sim", "--json", "--seed", "3", "--port", str(self.port), "--state", str(state)]
            self.process = subprocess.Popen(
                [sys.executable, "-m", "omega_tui", *command], stdout=subprocess.PIPE, text=True
            )
            told = self.process.stdout.readline()
            self.announcement.write_text(told)
            self.port = int(json.loads(told)["rest"].rpartition(":")[2])

        def kill(self):
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()

    exchange = Exchange()
    exchange.start()
    yield exchange
    exchange.kill()


def test_the_exchange_dies_and_comes_back_and_no_key_is_pressed(tmp_path, exchange):
    with Terminal.omega("--sim", str(exchange.announcement), home=tmp_path) as console:
        arm(console)
        console.type("\x1b[F")
        console.type("J")
        order(console, "b", "c", "▐ working")
        exchange.kill()
        console.wait_for("book DOWN", timeout_s=3)
        console.wait_for("░", timeout_s=3)
        console.wait_for("DISARMED", timeout_s=3)
        press(console, "b", "refused: the book is DOWN")
        exchange.start()
        console.wait_for(lambda text: live(text) and "acct OK" in text.splitlines()[HEADER], timeout_s=40)
        console.wait_for("reconciled")
        assert re.search(r"5/5 +▐ working", console.text), "the order is still there"
        assert "DISARMED" in console.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_and_gives_the_terminal_back(tmp_path, number):
    with Terminal.omega(home=tmp_path) as console:
        console.wait_for(live)
        console.process.send_signal(number)
        console.wait_exit()
    assert console.raw.endswith(b"\x1b[?25h") or b"\x1b[?1049l" in console.raw[-400:]
    assert b"Traceback" not in console.raw


def test_a_recording_plays_on_the_same_screen(tmp_path, captures):
    recording = captures / "polymarket" / "excerpt_first_60s.tsv.gz"
    with Terminal.omega("replay", str(recording), "--speed", "10", home=tmp_path) as console:
        console.wait_for("REPLAY")
        console.wait_for("hash")
        console.type(" ")
        console.wait_for(lambda text: "paused" in text.lower())
        console.type("b")
        console.wait_for(lambda text: "replay" in text.splitlines()[-2].lower())
        leave(console)
        assert console.wait_exit() == 0


def test_nothing_is_started_when_the_configuration_is_wrong(tmp_path):
    with Terminal.omega("--set", "ui.fsp=1", home=tmp_path) as console:
        assert console.wait_exit() == 2
    assert b"did you mean 'ui.fps'?" in console.raw
