"""How a person drives the console by its keys: arm, order, confirm, leave."""

import contextlib
import re

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
    """Quit, and wait for the end; an Enter that came too soon after its line is pressed again."""
    press(console, ":", "a command")
    console.type("q")
    console.wait_for(lambda text: ":q" in text.splitlines()[-1])
    for _ in range(10):
        console.type("\r")
        with contextlib.suppress(AssertionError):
            return console.wait_exit(timeout_s=3)
    return console.wait_exit()


def order(console, verb, what, expected):
    """Press a verb, wait for its menu with prices, press the object, wait for what it brings."""
    press(console, verb, lambda text: "▸" in text.splitlines()[-2])
    console.type(what)
    console.wait_for(expected)


def on_its_row(text):
    """Whether an own order of 5 stands on the ladder, on a row with a price."""
    rows = (row for row in text.splitlines() if re.match(r".{3,8}5▐", row))
    return next((row for row in rows if re.search(r"0\.\d\d", row)), None)
