"""A stranger learns in a real pty with the keyboard alone, and is asked again on the next day."""

import re

import pytest
from msgspec import structs

from omega_tui.services.progress_store import ProgressStore
from tests.driving import live
from tests.terminal import Terminal

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

DAY_NS = 86_400 * 10**9


def until(console, key, wanted, *, times=12):
    """Press a key until something is on the screen."""
    for _ in range(times):
        if wanted in console.text:
            return
        console.type(key)
        console.read_for(0.4)
    console.wait_for(wanted)


def answer(console):
    """Answer the question on the screen as it should be answered: by the lesson that was just read."""
    known = {
        "What happens to the price under the cursor": "it stays",
        "a verb and an object": "held or repeated",
    }
    words = next(words for prompt, words in known.items() if prompt in " ".join(console.text.split()))
    console.wait_for(words)
    line = next(line for line in console.text.splitlines() if words in line)
    console.type(re.match(r"\s*(\d)", line)[1])
    console.type("\r")
    console.wait_for("Right:")


def test_the_first_lesson_its_questions_its_drill_and_tomorrow(tmp_path):
    record = tmp_path / ".local" / "share" / "omega-tui" / "learn.sqlite3"
    with Terminal.omega(columns=80, lines=24, home=tmp_path) as console:
        console.wait_for(live)
        console.type("g")
        console.type("5")
        console.wait_for("A tour of the trade screen")
        console.type("\r")
        console.wait_for("The ladder in the middle")
        until(console, "\r", "QUESTION 1 of 2")
        for number in (1, 2):
            console.wait_for(f"QUESTION {number} of 2")
            answer(console)
            console.type("\r")
        console.wait_for("2 of 2 answers right")
        console.type("\r")
        console.wait_for("The right one of two")
        console.type("\r")
        console.wait_for(lambda text: "DRILL" in text and "orders of yours work" in text)
        wanted = re.search(r"best bid of (\w+ \d+)", " ".join(console.text.split("│")).replace("\n", " "))
        console.wait_for(lambda text: "LIVE" in text.splitlines()[0])
        if wanted and wanted[1] not in console.text.splitlines()[0]:
            console.type("n")
            console.wait_for(lambda text: wanted[1] in text.splitlines()[0])
        console.type("b")
        console.type("j")
        console.wait_for("1 order of yours works")
        console.type("\x04")
        console.wait_for("100 of 100")
        console.type("\x1b")
        console.wait_for("LESSON  c-01-tour")
        console.type("\x11")
        assert console.wait_exit() == 0
    assert b"Traceback" not in console.raw

    the_day_after(record)
    with Terminal.omega(columns=80, lines=24, home=tmp_path) as console:
        console.wait_for(live)
        console.type("g")
        console.type("5")
        console.wait_for("review (2 due)")
        console.wait_for(lambda text: re.search(r"read +A tour of the trade screen", text))
        console.type("g")
        console.type("q")
        console.wait_for("QUESTION 1 of 2")
        answer(console)
        console.type("\x11")
        assert console.wait_exit() == 0
    assert b"Traceback" not in console.raw


def the_day_after(record):
    """Let a day pass in the record: everything in it happened that much earlier."""
    store = ProgressStore(record)
    events = store.load()
    store.reset()
    for event in events:
        shifted = {"at_ns": event.at_ns - DAY_NS}
        if hasattr(event, "due_ns"):
            shifted["due_ns"] = event.due_ns - DAY_NS
        store.append([structs.replace(event, **shifted)])
    store.close()
