"""The console in a real pty, driven by its keys, against the embedded exchange."""

import re
import signal
from pathlib import Path

import pytest

from omega_tui import __version__
from tests.command import Sim
from tests.driving import HEADER, POSITION, arm, confirm, leave, live, on_its_row, order, press
from tests.terminal import Terminal
from tests.ui.colour_vision import contrast

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


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
        order(console, "b", "c", lambda text: re.search(r"B +0\.\d+ +5/5 +▐ working", text))
        order(console, "x", "c", "canceled")
        confirm(console, "f", "FLATTEN", lambda text: "POS flat" in text.splitlines()[POSITION])

        leave(console)
        assert console.wait_exit() == 0
    assert b"Traceback" not in console.raw


@pytest.mark.parametrize("theme", ["omega-light", "omega-dark"])
def test_the_row_of_the_cursor_can_be_read_where_the_terminal_has_256_colours(tmp_path, theme):
    few = {"COLORTERM": "", "TERM": "xterm-256color"}
    with Terminal.omega("--theme", theme, home=tmp_path, env=few) as console:
        console.wait_for(live)
        arm(console)
        console.type("\x1b[F")
        order(console, "b", "c", lambda text: on_its_row(text) or "✓ filled" in text)
        row = next(number for number, line in enumerate(console.screen.display) if line.startswith("►"))
        cells = [cell for cell in console.screen.buffer[row].values() if cell.data.isalnum()]
        assert len(cells) > 5
        low = {cell for cell in cells if contrast(f"#{cell.fg}", f"#{cell.bg}") < 4.5}
        assert not low


@pytest.mark.parametrize(("ground", "is_own"), [("0;15", True), ("15;0", True), ("", False)])
def test_a_terminal_of_sixteen_colours_keeps_its_ground_where_it_names_it(tmp_path, ground, is_own):
    few = {"COLORTERM": "", "TERM": "xterm", "COLORFGBG": ground}
    with Terminal.omega(home=tmp_path, env=few) as console:
        console.wait_for(live)
        grounds = {cell.bg for row in console.screen.buffer.values() for cell in row.values()}
    assert ("default" in grounds) is is_own, grounds
    assert ("black" in grounds) is not is_own, grounds


def test_a_keymap_with_a_conflict_says_where_and_what_to_do(tmp_path):
    path = tmp_path / "config" / "omega-tui" / "keymap.toml"
    path.parent.mkdir(parents=True)
    path.write_text('preset = "verb"\n[keys]\n"view.market" = "b"\n', encoding="utf-8")
    with Terminal.omega(home=tmp_path) as console:
        assert console.wait_exit() == 2
    told = " ".join(console.raw.decode().split())
    assert f"{path}, line 3: view.market: found b, which is order.buy" in told
    assert "another key for order.buy too" in told


def is_stopped(pid):
    """Whether a signal has stopped a process; the letter stands behind the name in brackets."""
    return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] == "T"


@pytest.fixture
def exchange(tmp_path):
    with Sim(tmp_path) as exchange:
        yield exchange


def test_the_exchange_dies_and_comes_back_and_no_key_is_pressed(tmp_path, exchange):
    with Terminal.omega("--sim", str(exchange.announcement), home=tmp_path) as console:
        arm(console)
        console.process.send_signal(signal.SIGTSTP)
        console.wait_for(lambda _: is_stopped(console.process.pid))
        console.process.send_signal(signal.SIGCONT)
        console.wait_for("disarmed: the console was suspended")
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
        console.wait_for(lambda text: re.search(r"5/5 +▐ working", text))  # The order is still there.
        assert "DISARMED" in console.text


def test_after_a_stop_from_outside_one_thread_reads_the_keys(tmp_path):
    with Terminal.omega(home=tmp_path) as console:
        console.wait_for(live)
        threads = Path(f"/proc/{console.process.pid}/task")
        before = len(list(threads.iterdir()))
        for _ in range(2):
            for number in (signal.SIGSTOP, signal.SIGCONT):
                console.process.send_signal(number)
            drawn = console.raw.count(b"\x1b[?1049h")
            console.wait_for(lambda _, drawn=drawn: console.raw.count(b"\x1b[?1049h") > drawn)
        # The thread that wrote before the stop may still be ending.
        console.wait_for(lambda _: len(list(threads.iterdir())) == before)
        console.wait_for(live)
        leave(console)
        assert console.wait_exit() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_it_and_gives_the_terminal_back(tmp_path, number):
    with Terminal.omega(home=tmp_path) as console:
        console.wait_for(live)
        console.process.send_signal(number)
        console.wait_exit()
    [log] = tmp_path.rglob("omega-tui.log")
    first, *_, last = log.read_text().splitlines()
    assert f"omega-tui {__version__} begins" in first
    assert f"the screen ends: {number.name}" in last
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
