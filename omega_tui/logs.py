"""The log: one rotating private file, never the terminal, no secrets, no forged lines.

Every record is one line; the lines of an exception follow, marked with `|`, without source text and without
local variables, which is where secrets sit. Trouble with the disk is counted and never raised: the last lines
are also kept in memory. All of this holds for any text that a venue or an exception may contain.
"""

import errno
import logging
import os
import stat
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from omega_tui import __version__
from omega_tui.clock import Clock, SystemClock
from omega_tui.config.folders import APP_NAME, state_folder
from omega_tui.config.process import LogConfig, StorageConfig
from omega_tui.private_files import make_private_folder
from omega_tui.secret import Redactor
from omega_tui.text import is_safe

LOG_NAME = f"{APP_NAME}.log"

MAX_LINE = 8192
"""Characters of one line; the rest is cut off and said to be."""

RING_LINES = 500
"""Lines kept in memory; the oldest are dropped."""

MAX_FRAMES = 25
"""Frames told per exception: the innermost ones."""

MAX_CHAIN = 12
"""Exceptions told of one chain or group."""

MAX_REPORTS = 10
"""Crash reports kept; the oldest are deleted."""

_TALKATIVE = ("aiohttp", "asyncio", "ccxt", "hpack", "redis", "urllib3", "websockets")
"""Libraries that log requests with their headers below WARNING."""

_BROKEN = (ArithmeticError, AttributeError, LookupError, NameError, RuntimeError, TypeError, ValueError)
"""What the formatting of a wrong log call or of a strange object raises."""

_LOGGER = logging.getLogger(__name__)


def configure_logging(config: LogConfig, redactor: Redactor, *, folder: Path | None = None) -> Path:
    """Send every record of the program to one file, and nothing to the terminal; return the file's path.

    Earlier handlers that write to the terminal are removed. May be called again. A file that cannot be opened
    is tried again with every record.

    Args:
        config: Level, sizes, and the folder.
        redactor: Takes secrets out; it may learn more of them later.
        folder: For a `config` without a folder; None is the user's state folder.
    """
    if config.directory:
        folder = Path(config.directory)
    elif folder is None:
        folder = state_folder(StorageConfig(), os.environ)
    close_logging()
    root = logging.getLogger()
    for handler in tuple(root.handlers):
        stream = getattr(handler, "stream", None)
        if stream is not None and stream in {sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__}:
            root.removeHandler(handler)
    log_file = LogFile(folder / LOG_NAME, max_bytes=config.max_bytes, backups=config.backups)
    log_file.setFormatter(LineFormatter(redactor))
    root.addHandler(log_file)
    root.setLevel(config.level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.raiseExceptions = False  # Or the handlers of libraries would print their trouble.
    logging.captureWarnings(capture=True)
    return log_file.path


def close_logging() -> None:
    """Take the log file out of the root logger and close it."""
    log_file = current_log()
    if log_file is not None:
        logging.getLogger().removeHandler(log_file)
        log_file.close()
        logging.captureWarnings(capture=False)


def current_log() -> "LogFile | None":
    """Return the log file that is in use: its path, its last lines and the trouble it has."""
    return next((h for h in logging.getLogger().handlers if isinstance(h, LogFile)), None)


class LineFormatter(logging.Formatter):
    """Makes one safe line of a record, and marked lines of its exception."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        try:
            message = record.getMessage()
        except _BROKEN as error:
            message = f"(a log call that does not fit its arguments: {type(error).__name__}) {record.msg!r}"
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        where = f"{stamp}.{int(record.msecs):03d}Z {record.levelname} {record.name} [{record.threadName}]"
        lines = [one_line(f"{where} {self._redactor.redact(message)}")]
        if record.exc_info is not None and record.exc_info[1] is not None:
            lines += tell(record.exc_info[1], self._redactor)
        return "\n".join(lines)


class LogFile(logging.Handler):
    """Appends to a file of mode 0600, starts a new one at a size, and never raises.

    Attributes:
        path: Of the file.
        lost: Records that did not reach the disk.
        trouble: Why the last write failed; empty once one has succeeded.
    """

    def __init__(self, path: Path, *, max_bytes: int, backups: int) -> None:
        super().__init__()
        self.path = path
        self.lost = 0
        self.trouble = ""
        self._max_bytes = max_bytes
        self._backups = backups
        self._lines: deque[str] = deque(maxlen=RING_LINES)
        self._descriptor: int | None = None
        self._size = 0
        self._torn = False

    def last_lines(self) -> tuple[str, ...]:
        """Return the last lines, oldest first, whether or not they reached the disk."""
        self.acquire()
        try:
            return tuple(self._lines)
        finally:
            self.release()

    def emit(self, record: logging.LogRecord) -> None:
        text = self.format(record)
        self._lines.extend(text.split("\n"))
        data = text.encode(errors="backslashreplace") + b"\n"
        try:
            self._append(b"\n" + data if self._torn else data)
        except OSError as error:
            self.lost += 1
            self.trouble = error.strerror or type(error).__name__
            self._close_file()
        else:
            self.trouble = ""
            self._torn = False

    def close(self) -> None:
        self.acquire()
        try:
            self._close_file()
        finally:
            self.release()
        super().close()

    def _append(self, data: bytes) -> None:
        if self._descriptor is None:
            self._descriptor = self._open()
        if self._size > 0 and self._size + len(data) > self._max_bytes:
            self._rotate(self._descriptor)
            self._descriptor = self._open()
        written = os.write(self._descriptor, data)
        self._size += written
        if written < len(data):
            self._torn = True
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _open(self) -> int:
        make_private_folder(self.path.parent)
        # Without O_NONBLOCK a FIFO in this place would stop the program; without O_NOFOLLOW a link would
        # let somebody choose what is overwritten.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(self.path, flags, 0o600)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "not an ordinary file")
        if stat.S_IMODE(status.st_mode) != 0o600:
            os.fchmod(descriptor, 0o600)
        self._size = status.st_size
        return descriptor

    def _rotate(self, descriptor: int) -> None:
        """Close the file and move it aside, unless another process has already done so."""
        mine = self.path.exists() and os.path.samestat(self.path.stat(), os.fstat(descriptor))
        self._close_file()
        if not mine:
            return
        names = [self.path, *(Path(f"{self.path}.{number}") for number in range(1, self._backups + 1))]
        if len(names) == 1:
            self.path.unlink()
        for older, newer in zip(names[:0:-1], names[-2::-1], strict=True):
            if newer.exists():
                newer.replace(older)

    def _close_file(self) -> None:
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)


def one_line(text: str) -> str:
    """Return `text` on one line, whatever is no visible character written as an escape, cut to `MAX_LINE`."""
    if len(text) > MAX_LINE:
        text = f"{text[:MAX_LINE]}… ({len(text) - MAX_LINE} more characters)"
    if is_safe(text):
        return text
    return "".join(c if is_safe(c) else c.encode("unicode_escape").decode() for c in text)


def tell(error: BaseException, redactor: Redactor) -> list[str]:
    """Return the lines that tell of an exception, its causes and its group; no source, no locals."""
    lines: list[str] = []
    told: set[int] = set()
    for label, link in _chain(error, "", told):
        if len(told) > MAX_CHAIN:
            lines.append("… more of the chain")
            break
        kind = f"{type(link).__module__}.{type(link).__qualname__}".removeprefix("builtins.")
        lines.append(f"{label}{kind}: {redactor.redact(_message(link))}")
        lines += [f"note: {redactor.redact(str(note))}" for note in getattr(link, "__notes__", ())[:5]]
        frames = list(traceback.walk_tb(link.__traceback__))
        if len(frames) > MAX_FRAMES:
            lines.append(f"  … {len(frames) - MAX_FRAMES} outer frames")
        for frame, number in frames[-MAX_FRAMES:]:
            file = "/".join(Path(frame.f_code.co_filename).parts[-3:])
            lines.append(f"  at {file}:{number} in {frame.f_code.co_qualname}")
    return ["  | " + one_line(line) for line in lines]


def install_excepthooks(
    redactor: Redactor, *, folder: Path | None = None, clock: Clock | None = None
) -> None:
    """Let uncaught exceptions end in the log and in a crash report, never with their locals on the terminal.

    An exception that ends the program also says one line on stderr: by then the terminal is nobody's.

    Args:
        redactor: Takes secrets out of the report.
        folder: Of the reports; None is the user's state folder.
        clock: For the name of a report.
    """
    place = state_folder(StorageConfig(), os.environ) if folder is None else folder
    reports = CrashReports(place, redactor, SystemClock() if clock is None else clock)

    def on_main(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        _LOGGER.critical("The program ends on an exception.", exc_info=(kind, error, trace))
        path = reports.write(error)
        what = one_line(redactor.redact(f"{kind.__name__}: {_message(error)}"))
        report = f"The report is in {path}" if path else "No report could be written"
        if sys.stderr is not None:
            sys.stderr.write(f"{APP_NAME} stopped on an error. {what}\n{report}\n")

    def on_thread(happened: threading.ExceptHookArgs) -> None:
        error = happened.exc_value
        if error is None or isinstance(error, SystemExit):
            return
        name = happened.thread.name if happened.thread is not None else "unknown"
        _LOGGER.critical("Thread %s ends on an exception.", name, exc_info=error)
        reports.write(error)

    def on_unraisable(happened: "sys.UnraisableHookArgs") -> None:
        _LOGGER.error("An exception could not be raised in %s.", type(happened.object).__name__)
        if happened.exc_value is not None:
            _LOGGER.error("It was this.", exc_info=happened.exc_value)

    sys.excepthook = on_main
    threading.excepthook = on_thread
    sys.unraisablehook = on_unraisable


def loop_exception_handler(_loop: object, context: dict[str, object]) -> None:
    """Log what an asyncio loop could not deliver to anybody; for `loop.set_exception_handler`."""
    error = context.get("exception")
    _LOGGER.error(
        "Event loop: %s (%s)",
        context.get("message", "an unknown event"),
        ", ".join(sorted(context.keys() - {"message", "exception"})) or "no details",
        exc_info=error if isinstance(error, BaseException) else None,
    )


class CrashReports:
    """Writes private files that tell of a crash; keeps the last `MAX_REPORTS`."""

    def __init__(self, folder: Path, redactor: Redactor, clock: Clock) -> None:
        self._folder = folder
        self._redactor = redactor
        self._clock = clock

    def write(self, error: BaseException) -> Path | None:
        """Return the path of the new report; None if the disk does not take it."""
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._clock.now_ns() // 1_000_000_000))
        log_file = current_log()
        lines = [
            f"{APP_NAME} {__version__}, Python {sys.version.split()[0]}, {sys.platform}, {stamp}",
            *tell(error, self._redactor),
            "The last lines of the log:",
            *(log_file.last_lines() if log_file is not None else ("(no log)",)),
            "",
        ]
        path = self._folder / f"crash-{stamp}-{os.getpid()}-{threading.get_native_id()}.txt"
        try:
            make_private_folder(self._folder)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(path, flags, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write("\n".join(lines))
            for old in sorted(self._folder.glob("crash-*.txt"))[:-MAX_REPORTS]:
                old.unlink()
        except OSError as trouble:
            _LOGGER.error("No crash report: %s", trouble.strerror)  # noqa: TRY400  the crash itself is logged
            return None
        return path


def _message(error: BaseException) -> str:
    try:
        return str(error)
    except _BROKEN:
        return "(no message)"


def _chain(error: BaseException, label: str, told: set[int]) -> Iterator[tuple[str, BaseException]]:
    """Yield an exception, then those in its group, then its cause, each once."""
    if id(error) in told:
        return
    told.add(id(error))
    yield label, error
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _chain(inner, "in the group: ", told)
    if error.__cause__ is not None:
        yield from _chain(error.__cause__, "caused by ", told)
    elif error.__context__ is not None and not error.__suppress_context__:
        yield from _chain(error.__context__, "while handling ", told)
