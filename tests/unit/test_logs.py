import asyncio
import logging
import os
import stat
import subprocess
import sys
import textwrap
import threading
import warnings
from pathlib import Path

import pytest

from omega_tui.config.process import LogConfig
from omega_tui.logs import (
    MAX_LINE,
    MAX_REPORTS,
    RING_LINES,
    CrashReports,
    close_logging,
    configure_logging,
    current_log,
    install_excepthooks,
    loop_exception_handler,
    one_line,
    tell,
)
from omega_tui.secret import Redactor, Secret

CANARY = "canary-7f3a9b21"
LOGGER = logging.getLogger("omega_tui.test")


@pytest.fixture
def redactor():
    return Redactor([Secret(CANARY)])


@pytest.fixture
def log(tmp_path, redactor):
    """Start logging with a configuration; everything global is put back."""
    root, before = logging.getLogger(), (sys.excepthook, threading.excepthook, sys.unraisablehook)
    level, raising = root.level, logging.raiseExceptions

    def start(**config) -> Path:
        for handler in tuple(root.handlers):
            if type(handler).__module__.startswith("_pytest"):  # It would carry lone surrogates into reports.
                root.removeHandler(handler)
        return configure_logging(LogConfig(**config), redactor, folder=tmp_path / "state")

    yield start
    close_logging()
    root.setLevel(level)
    logging.raiseExceptions = raising
    sys.excepthook, threading.excepthook, sys.unraisablehook = before


def test_the_log_is_one_private_file(log, tmp_path):
    path = log()
    LOGGER.info("Service %s started.", "streaming")
    assert path == tmp_path / "state" / "omega-tui.log"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    line = path.read_text()
    assert line.endswith("Z INFO omega_tui.test [MainThread] Service streaming started.\n")


def test_an_existing_file_is_made_private_and_continued(log, tmp_path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "omega-tui.log").write_text("before\n")
    path = log()
    LOGGER.info("after")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith("before\n2")


def test_levels_and_talkative_libraries(log):
    path = log(level="DEBUG")
    LOGGER.debug("ours")
    logging.getLogger("websockets.client").debug("> GET / with its headers")
    logging.getLogger("aiohttp.access").info("x")
    logging.getLogger("websockets.client").warning("theirs")
    assert [line.split("] ")[1] for line in path.read_text().splitlines()] == ["ours", "theirs"]


def test_the_configured_folder_wins(log, tmp_path):
    assert log(directory=str(tmp_path / "elsewhere")).parent == tmp_path / "elsewhere"


def test_secrets_leave_neither_by_message_nor_by_argument_nor_by_exception(log):
    path = log()

    def sign(private_key):
        raise ValueError(f"cannot sign with {private_key}")

    LOGGER.info("key %s", CANARY)
    LOGGER.info("%r", {"secret": CANARY.encode().hex()})
    try:
        try:
            sign(CANARY)
        except ValueError as error:
            error.add_note(f"it was {CANARY}")
            raise RuntimeError("order not sent") from error
    except RuntimeError:
        LOGGER.exception("It failed.")
    text = path.read_text() + "\n".join(current_log().last_lines())
    assert CANARY not in text
    assert CANARY.encode().hex() not in text
    assert "private_key" not in text  # neither source lines nor locals
    assert "  | RuntimeError: order not sent\n" in text
    assert "  | caused by ValueError: cannot sign with ***\n" in text
    assert "  | note: it was ***\n" in text
    assert "in test_secrets_leave_neither_by_message_nor_by_argument_nor_by_exception.<locals>.sign" in text


def test_no_text_forges_a_line(log):
    path = log()
    forged = "x\n2026-01-01T00:00:00.000Z INFO omega_tui.orders [MainThread] armed\r\x1b[2J\u2028\u202e\ud800"
    LOGGER.info("title %s", forged)
    logging.getLogger(f"evil\n{forged}").info("x")
    LOGGER.error(forged, exc_info=ValueError(forged))
    lines = path.read_text().split("\n")
    assert lines.pop() == ""
    assert len(lines) == 4
    assert sum(line.startswith("2026-01-01T00:00:00") for line in lines) == 0
    assert all(line.isprintable() for line in lines)
    assert "title x\\n2026-01-01T" in lines[0]
    assert "\\x1b[2J" in lines[0]
    assert lines[3].startswith("  | ValueError: x\\n2026")


def test_a_line_has_a_length_and_no_half_secret(log):
    path = log()
    LOGGER.info("%s", CANARY * 100_000)
    text = path.read_text()
    assert len(text) < MAX_LINE + 200
    assert "canary" not in text


def test_a_wrong_log_call_is_told_and_not_raised(log):
    class Broken:
        def __str__(self):
            raise LookupError

    path = log()
    LOGGER.info("%d orders", "many")
    LOGGER.info("%s %s", *[1])
    LOGGER.info("%s", Broken())
    assert path.read_text().count("does not fit its arguments") == 3
    assert "LookupError" in path.read_text()


def test_a_full_file_moves_aside_and_the_oldest_goes(log):
    path = log(max_bytes=10_000, backups=2)
    for number in range(400):
        LOGGER.info("%04d %s", number, "." * 50)
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["omega-tui.log", "omega-tui.log.1", "omega-tui.log.2"]
    assert all(file.stat().st_size <= 10_000 for file in files)
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in files)
    told = [line.split()[4] for file in reversed(files) for line in file.read_text().splitlines()]
    assert told[-1] == "0399"
    assert told == [f"{number:04d}" for number in range(int(told[0]), 400)]


def test_without_backups_the_file_starts_anew(log):
    path = log(max_bytes=10_000, backups=0)
    for _ in range(300):
        LOGGER.info("%s", "." * 50)
    assert [file.name for file in path.parent.iterdir()] == ["omega-tui.log"]
    assert path.stat().st_size <= 10_000


def test_a_file_that_another_process_moved_is_not_moved_again(log):
    path = log(max_bytes=10_000, backups=3)
    LOGGER.info("%s", "." * 5_000)
    path.rename(f"{path}.1")
    path.write_text("theirs\n")
    LOGGER.info("%s", "." * 6_000)
    assert path.read_text().startswith("theirs\n")
    assert sorted(file.name for file in path.parent.iterdir()) == ["omega-tui.log", "omega-tui.log.1"]


def test_disk_trouble_is_counted_told_and_left_behind(log, tmp_path):
    (tmp_path / "state").write_text("a file where the folder should be")
    path = log()
    LOGGER.info("one")
    LOGGER.info("two")
    assert current_log().lost == 2
    assert current_log().trouble
    assert [line.rpartition(" ")[2] for line in current_log().last_lines()] == ["one", "two"]
    (tmp_path / "state").unlink()
    LOGGER.info("three")
    assert current_log().trouble == ""
    assert path.read_text().endswith("three\n")


@pytest.mark.parametrize("kind", ["link", "fifo", "folder"])
def test_what_is_no_ordinary_file_is_not_written_to(log, tmp_path, kind):
    state = tmp_path / "state"
    state.mkdir()
    place = state / "omega-tui.log"
    victim = tmp_path / "victim"
    victim.write_text("precious")
    {
        "link": lambda: place.symlink_to(victim),
        "fifo": lambda: os.mkfifo(place),
        "folder": place.mkdir,
    }[kind]()
    log()
    LOGGER.info("x")
    assert current_log().lost == 1
    assert victim.read_text() == "precious"


def test_memory_is_bounded(log):
    log()
    for number in range(RING_LINES + 50):
        LOGGER.info("%d", number)
    lines = current_log().last_lines()
    assert len(lines) == RING_LINES
    assert lines[-1].endswith(str(RING_LINES + 49))


def test_nothing_reaches_the_terminal(log, capfd):
    root = logging.getLogger()
    root.addHandler(logging.StreamHandler(sys.stderr))
    path = log()
    log()  # A second time changes nothing.
    LOGGER.error("quiet")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn("deprecated", DeprecationWarning, stacklevel=1)
        logging.captureWarnings(capture=False)
    assert path.read_text().count("quiet") == 1
    assert "deprecated" in path.read_text()
    assert capfd.readouterr() == ("", "")


def test_chains_and_groups_are_told_once_and_within_bounds(redactor):
    error = ValueError("0")
    for number in range(1, 100):
        following = ValueError(str(number))
        following.__context__ = error
        error = following
    lines = tell(error, redactor)
    assert lines[0] == "  | ValueError: 99"
    assert lines[1] == "  | while handling ValueError: 98"
    assert lines[-1] == "  | … more of the chain"
    assert len(lines) < 20
    loop = KeyError("x")
    loop.__cause__ = loop
    group = ExceptionGroup("two", [loop, OSError(CANARY)])
    assert tell(group, redactor) == [
        "  | ExceptionGroup: two (2 sub-exceptions)",
        "  | in the group: KeyError: 'x'",
        "  | in the group: OSError: ***",
    ]


def test_one_line_shows_what_cannot_be_seen():
    assert one_line("a\nb\x1b\u202e\ud800é") == "a\\nb\\x1b\\u202e\\ud800é"


def test_a_crash_report_is_private_complete_and_secretless(log, tmp_path, redactor, clock):
    log()
    LOGGER.info("before the crash %s", CANARY)
    reports = CrashReports(tmp_path / "crashes", redactor, clock)

    def fail(secret):
        raise ValueError(f"bad {secret}")

    try:
        fail(CANARY)
    except ValueError as error:
        path = reports.write(error)
    text = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.name.startswith("crash-20231114T221320Z-")
    assert "ValueError: bad ***" in text
    assert "before the crash ***" in text
    assert CANARY not in text


def test_old_crash_reports_go(tmp_path, redactor, clock):
    reports = CrashReports(tmp_path, redactor, clock)
    for _ in range(MAX_REPORTS + 3):
        newest = reports.write(ValueError("x"))
        clock.advance(1)
    kept = sorted(tmp_path.iterdir())
    assert len(kept) == MAX_REPORTS
    assert kept[-1] == newest


def test_a_crash_report_that_cannot_be_written_is_none(tmp_path, redactor, clock):
    (tmp_path / "file").touch()
    assert CrashReports(tmp_path / "file", redactor, clock).write(ValueError("x")) is None


def test_a_thread_that_fails_is_logged_and_reported_and_silent(log, tmp_path, redactor, clock, capfd):
    path = log()
    install_excepthooks(redactor, folder=tmp_path / "crashes", clock=clock)

    def fail(secret):
        raise ValueError(f"bad {secret}")

    thread = threading.Thread(target=fail, args=(CANARY,), name="engine")
    thread.start()
    thread.join()
    assert "Thread engine ends on an exception." in path.read_text()
    assert "ValueError: bad ***" in path.read_text()
    assert len(list((tmp_path / "crashes").iterdir())) == 1
    assert capfd.readouterr() == ("", "")


async def test_what_an_event_loop_cannot_deliver_is_logged(log, capfd):
    path = log()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(loop_exception_handler)
    loop.call_exception_handler(
        {"message": f"Task {CANARY}", "exception": ValueError(CANARY), "task": CANARY}
    )
    loop.call_exception_handler({"message": "odd"})
    loop.set_exception_handler(None)
    text = path.read_text()
    assert "Event loop: Task *** (task)" in text
    assert "  | ValueError: ***" in text
    assert "Event loop: odd (no details)" in text
    assert CANARY not in text
    assert capfd.readouterr() == ("", "")


def test_a_program_that_crashes_says_two_lines_and_no_secret(tmp_path):
    program = textwrap.dedent(f"""
        import sys
        from pathlib import Path
        from omega_tui.config.process import LogConfig
        from omega_tui.logs import configure_logging, install_excepthooks
        from omega_tui.secret import Redactor, Secret
        folder = Path({str(tmp_path)!r})
        redactor = Redactor([Secret({CANARY!r})])
        configure_logging(LogConfig(), redactor, folder=folder)
        install_excepthooks(redactor, folder=folder)
        def run(key):
            raise ValueError("\\x1b]0;x\\x07 refused " + key)
        run({CANARY!r})
    """)
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert done.stdout == ""
    first, second = done.stderr.splitlines()
    assert first == r"omega-tui stopped on an error. ValueError: \x1b]0;x\x07 refused ***"
    report = Path(second.removeprefix("The report is in "))
    assert "in run" in report.read_text()
    written = report.read_text() + (tmp_path / "omega-tui.log").read_text() + done.stderr
    assert CANARY not in written


def test_an_interrupt_is_no_crash(tmp_path, redactor, log, capfd):
    log()
    install_excepthooks(redactor, folder=tmp_path / "crashes")
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert not (tmp_path / "crashes").exists()
    assert capfd.readouterr() == ("", "")


def test_an_exception_in_a_destructor_is_logged(tmp_path, redactor, log, capfd):
    class Bad:
        def __del__(self):
            raise ValueError(CANARY)

    path = log()
    install_excepthooks(redactor, folder=tmp_path / "crashes")
    Bad()
    assert "  | ValueError: ***" in path.read_text()
    assert capfd.readouterr() == ("", "")
