"""Two venues in one console, in a real pty: Polymarket and Bitget, switched with a key, both traded."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import environment
from tests.driving import HEADER, POSITION, arm, confirm, leave, live, order, press
from tests.terminal import Terminal

pytestmark = [pytest.mark.slow, pytest.mark.timeout(150)]

DRIVER = Path(__file__).resolve().parents[1] / "drivers" / "bitget_exchange.py"


def at(text, number):
    return text.splitlines()[number]


def shows(venue):
    return lambda text: f"│ {venue} " in at(text, HEADER) and live(text)


def take(console, verb):
    """Cross the spread: the strip asks, and asks again where the market moved meanwhile."""
    for _ in range(10):
        order(console, verb, "x", "Enter sends")
        try:
            return press(console, "\r", lambda text: re.search(r"POS [+-]", at(text, POSITION)), times=2)
        except AssertionError:
            continue
    return console.wait_for(lambda text: re.search(r"POS [+-]", at(text, POSITION)), timeout_s=5)


def test_both_venues_are_traded_and_one_line_says_what_came_of_it(tmp_path):
    """With nothing configured: the key before the first market is the last one, at the embedded Bitget."""
    with Terminal.omega("--seed", "7", "--rate", "60", home=tmp_path) as console:
        console.wait_for(live)
        arm(console)
        take(console, "b")

        press(console, "g", lambda text: "GO ▸" in text)
        console.type("4")
        console.wait_for("sim-swap ETH/USDT:USDT", timeout_s=30)  # Listed before anybody asked the exchange.
        press(console, "\x1b", lambda text: "TAPE" in text)
        press(console, "N", lambda text: "ETH/USDT:USDT" in at(text, HEADER))
        console.wait_for("Loading the exchange library", timeout_s=30)
        console.wait_for(shows("sim-swap"), timeout_s=60)
        assert "DISARMED also sim" in at(console.text, HEADER), "arming is of one venue"
        console.wait_for(lambda text: "acct OK" in at(text, HEADER), timeout_s=30)
        arm(console)
        take(console, "s")
        console.wait_for(lambda text: re.search(r"POS -0\.\d+ ETH @3,\d{3}\.\d+", at(text, POSITION)))
        console.wait_for(lambda text: re.search(r"day \S+ USD at par", at(text, POSITION)))

        console.type("\x1b[F")  # End: the cursor to the best bid,
        for _ in range(8):
            console.type("J")  # and eighty rows below it.
        order(console, "b", "c", "▐ working")
        order(console, "x", "c", "canceled")

        press(console, "n", shows("sim"))
        console.wait_for(lambda text: re.search(r"POS \+\d+", at(text, POSITION)))
        press(console, ":", "a command")
        for key in "venue":
            console.type(key)
        console.type("\r")
        console.wait_for("bitget swap")
        listed = console.text
        assert re.search(r"sim +polymarket +open +ARMED", listed)
        assert re.search(r"sim-spot +bitget spot +not open +DISARMED", listed)
        assert re.search(r"sim-swap +bitget swap +open +ARMED +\d+ms", listed)
        leave(console)
        assert console.wait_exit() == 0
    assert b"Traceback" not in console.raw


class Bitget:
    """The embedded Bitget in a process of its own; it comes back on the same port, and has forgotten all."""

    def __init__(self, home):
        self.home = home
        self.told = {}
        self._process = None

    def start(self):
        port = self.told["url"].rpartition(":")[2] if self.told else "0"
        self._process = subprocess.Popen(
            [sys.executable, str(DRIVER), port, "5"],
            env=environment(self.home),
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        self.told = json.loads(self._process.stdout.readline())

    def kill(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.communicate()

    def options(self):
        keys = self.home / "keys.toml"
        names = ("api_key", "api_secret", "passphrase")
        keys.write_text("".join(f'{name} = "{self.told[name]}"\n' for name in names))
        keys.chmod(0o600)
        settings = {
            "exchange": "bitget",
            "account_type": "swap",
            "sandbox": self.told["url"],
            "credentials_file": keys,
        }
        return [part for key, value in settings.items() for part in ("--set", f"venues.bit.{key}={value}")]

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()


def test_an_exchange_of_the_library_dies_and_comes_back_and_no_key_is_pressed(tmp_path):
    with (
        Bitget(tmp_path) as bitget,
        Terminal.omega("--venue", "bit", *bitget.options(), home=tmp_path) as console,
    ):
        console.wait_for(shows("bit"), timeout_s=60)
        console.wait_for(lambda text: "acct OK" in at(text, HEADER), timeout_s=30)
        arm(console)
        console.type("\x1b[F")
        for _ in range(8):
            console.type("J")
        order(console, "b", "c", "▐ working")
        bitget.kill()
        console.wait_for("book DOWN", timeout_s=10)
        console.wait_for("░", timeout_s=5)
        console.wait_for("DISARMED", timeout_s=5)
        press(console, "b", "refused: the book is DOWN")
        bitget.start()
        console.wait_for(lambda text: live(text) and "acct OK" in at(text, HEADER), timeout_s=60)
        assert "DISARMED" in console.text
        console.wait_for("canceled", timeout_s=60)  # It began afresh: the order is nowhere any more.
        confirm(console, "A", "ARM ▸ Enter", lambda text: re.search(r"ARMED \d\d:\d\d", at(text, HEADER)))
        leave(console)
        assert console.wait_exit() == 0
    assert b"Traceback" not in console.raw
