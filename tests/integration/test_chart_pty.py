"""The chart in a real terminal, by keys alone: opened, walked over, in other lengths, widths and scales."""

import re

import pytest

from tests.driving import live
from tests.terminal import Terminal

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

TITLE = re.compile(r"CHART (\S+)( log)?")


def title(text):
    """The length of the candles and whether the scale is one of ratios, as the heading says."""
    found = TITLE.search(text)
    return (found[1], bool(found[2])) if found else None


def is_titled(length, *, is_log=False):
    return lambda text: title(text) == (length, is_log)


def press_both(console, keys):
    """Type a key after the other, as a hand does: two in one write are a paste."""
    for key in keys:
        console.type(key)


def test_a_trader_looks_at_the_past_and_comes_back(tmp_path):
    with Terminal.omega(columns=120, lines=40, home=tmp_path) as console:
        console.wait_for(live)
        console.wait_for(lambda text: title(text) is not None)
        # Prints make the candles here; they come in their own time.
        console.wait_for(lambda text: re.search(r" C0\.\d+[+=-]", text))
        for key, length in ((")", "15s"), ("(", "5s"), ("(", "1s")):
            console.type(key)
            console.wait_for(is_titled(length))
        console.wait_for(lambda text: re.search(r" C0\.\d+[+=-]", text))
        console.type("h")
        console.wait_for(lambda text: re.search(r"CHART 1s \d\d:\d\d:\d\d", text))
        console.type("l")
        console.wait_for(lambda text: not re.search(r"CHART 1s \d\d:\d\d:\d\d", text))
        console.type("G")
        console.wait_for(is_titled("1s", is_log=True))
        console.type("G")
        console.wait_for(is_titled("1s"))
        console.type("m")
        console.wait_for(lambda text: "DEPTH" in text)
        console.type("m")
        console.type("m")
        console.wait_for(is_titled("1s"))
        console.type(":chart 1w\r")
        console.wait_for(is_titled("1w"))
        press_both(console, "gc")
        console.wait_for(lambda text: title(text) is None)
