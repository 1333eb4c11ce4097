"""What must survive a crash: an append-only file of facts, durable before anything is sent.

SQLite in WAL mode with synchronous=FULL, written by one thread that commits whatever waits in one transaction
(measured: 0.14 ms a commit). What the log holds is copied into the database when nothing waits, never between
an intent and its answer: that copy syncs two files. An entry is a word, what it is about, and JSON text; the
journal does not know what they mean. One process per folder: a second one is refused.
"""

import asyncio
import fcntl
import os
import queue
import signal
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import apsw

from omega_tui.clock import Clock
from omega_tui.errors import JournalError
from omega_tui.private_files import make_private_folder
from omega_tui.text import safe_text

T = TypeVar("T")

SCHEMA = 1
APPLICATION_ID = 0x6F6D6761
"""`omga`, in SQLite's header, so that `file` and we can tell it from another database."""

COMMIT_TIMEOUT_S = 0.25
"""An intent that is not durable within this is not sent (fault model, D2)."""

IDLE_S = 0.5
"""When nothing was written for so long, the write-ahead log may be copied into the database."""
CHECKPOINT_PAGES = 250
"""It is, if it has this many pages (1 MB): few enough to keep an order that comes then but a moment."""
MOST_PAGES = 8_000
"""At this many it is copied even while entries keep coming; after those who wait have their answer."""

MIN_FREE_BYTES = 100 * 1024 * 1024
BACKLOG = 10_000
"""Facts that wait in memory while the disk refuses; beyond it the oldest is dropped and counted."""

CRASH_AT_VARIABLE = "OMEGA_CRASH_AT"
_CRASH_AT, _, _nth = os.environ.get(CRASH_AT_VARIABLE, "").partition(":")
_passed: Counter[str] = Counter()

_CREATE = f"""
PRAGMA application_id = {APPLICATION_ID};
CREATE TABLE entry (
  seq INTEGER PRIMARY KEY,
  ts_ns INTEGER NOT NULL,
  venue TEXT NOT NULL,
  subject TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind <> ''),
  body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;
PRAGMA user_version = {SCHEMA};
"""


def point(name: str) -> None:
    """Die here, as if by kill -9, if the environment asks for it: `OMEGA_CRASH_AT=name` or `name:n`-th time.

    The crash points between a key and the venue's answer are where tests kill the program.
    """
    if name != _CRASH_AT:
        return
    _passed[name] += 1
    if _passed[name] == int(_nth or 1):
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal.

    Attributes:
        ts_ns: When it was learned, wall clock.
        venue: Venue name.
        subject: What it is about: a client order id, an instrument; empty for the venue as a whole.
        kind: The word that says how to read the body.
        body: JSON text; never a secret.
    """

    ts_ns: int
    venue: str
    subject: str
    kind: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Write:
    entry: Entry
    done: "Future[None] | None"


@dataclass(frozen=True, slots=True)
class _Job:
    run: Callable[[], None]


class Journal:
    """One folder's journal. Every method belongs to one event loop; the file belongs to the writer thread.

    Attributes:
        folder: Where it lives, mode 0700.
        is_taken: Whether the last `open` failed because another process has it.
        problem: Why nothing can be written now, in words; empty when all is well.
        set_aside: A damaged file that was kept under another name when this one was begun afresh.
        dropped: Facts that were lost because the disk refused for too long.
    """

    def __init__(self, folder: Path, clock: Clock, *, most_pages: int = MOST_PAGES) -> None:
        """Make one; nothing is opened yet.

        Args:
            folder: Where it is to live.
            clock: For what it measures.
            most_pages: Length of the write-ahead log at which it is copied even while entries keep coming.
        """
        self.folder = folder
        self.is_taken = False
        self.problem = ""
        self.set_aside: Path | None = None
        self.dropped = 0
        self._clock = clock
        self._lock: int | None = None
        self._connection: apsw.Connection | None = None
        self._queue: queue.SimpleQueue[_Write | _Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._backlog: deque[Entry] = deque(maxlen=BACKLOG)
        self._commits = 0
        self._entries = 0
        self._slowest_ns = 0
        self._log_pages = 0
        self._most_pages = most_pages
        self._checkpoints = 0

    @property
    def path(self) -> Path:
        """The database file."""
        return self.folder / "journal.sqlite3"

    async def open(self) -> list[Entry]:
        """Take the folder, check the file, and return everything in it, oldest first.

        A damaged file is kept under another name (`set_aside`) and a new one begun.

        Raises:
            JournalError: Another process has it, a newer program wrote it, or it cannot be read or written.
        """
        if self._thread is not None:
            raise JournalError(f"the journal in {self.folder} is open already")
        self.is_taken = False
        self._take_folder()
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()
        try:
            return await self._call(self._load)
        except JournalError:
            await self.close()
            raise

    async def close(self) -> None:
        """Write what waits, close the file, free the folder. Never raises."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(thread.join)
        self._release_folder()

    def append(self, entry: Entry) -> None:
        """Have `entry` written soon; never waits, never raises. What the disk refuses is kept and retried."""
        if self._thread is None:
            self._keep(entry)
        else:
            self._queue.put(_Write(entry, None))

    async def commit(self, entry: Entry, *, timeout_s: float = COMMIT_TIMEOUT_S) -> None:
        """Return when `entry` is durable.

        Raises:
            JournalError: It is not, or not in time. It may still become durable later: whoever gives up
                appends why.
        """
        if self._thread is None:
            raise JournalError("the journal is closed")
        done: Future[None] = Future()
        self._queue.put(_Write(entry, done))
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.wrap_future(done)
        except TimeoutError:
            self.problem = f"writing takes longer than {timeout_s * 1000:.0f} ms"
            raise JournalError(self.problem) from None

    async def probe(self) -> None:
        """Find out whether the journal can be written (again), and note it in `problem`. Never raises."""
        if self._thread is None:
            self.problem = self.problem or "the journal is closed"
            return
        try:
            async with asyncio.timeout(COMMIT_TIMEOUT_S * 4):
                await self._call(self._recover)
        except TimeoutError:
            self.problem = "the disk does not answer"
        except JournalError as error:
            self.problem = str(error)

    def metrics(self) -> dict[str, float]:
        """Return counters and the slowest commit."""
        return {
            "journal_commits_total": self._commits,
            "journal_entries_total": self._entries,
            "journal_checkpoints_total": self._checkpoints,
            "journal_dropped_total": self.dropped,
            "journal_backlog": len(self._backlog),
            "journal_slowest_commit_ms": self._slowest_ns / 1e6,
        }

    # --- on the caller's loop

    def _take_folder(self) -> None:
        try:
            make_private_folder(self.folder)
            self._lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.is_taken = True
            self._release_folder()
            raise JournalError(
                f"another console uses {self.folder}: close it, or give this one a folder of its own"
            ) from None
        except OSError as error:
            raise JournalError(f"the journal's folder cannot be used: {error}") from error

    def _release_folder(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    async def _call(self, work: Callable[[], T]) -> T:
        """Run `work` in the writer thread, after everything that waits there."""
        done: Future[T] = Future()

        def run() -> None:
            if not done.set_running_or_notify_cancel():
                return
            try:
                done.set_result(work())
            except (apsw.Error, OSError) as error:
                done.set_exception(JournalError(_words(error)))
            except JournalError as error:
                done.set_exception(error)

        self._queue.put(_Job(run))
        return await asyncio.wrap_future(done)

    # --- in the writer thread

    def _work(self) -> None:
        while True:
            item = self._next()
            batch: list[_Write] = []
            while isinstance(item, _Write):
                batch.append(item)
                if self._queue.empty():
                    break
                item = self._queue.get()
            if batch:
                self._write(batch)
            if isinstance(item, _Job):
                item.run()
            elif item is None:
                self._close_file()
                return

    def _next(self) -> "_Write | _Job | None":
        """Wait for what is to be done next; use a pause to tidy the log."""
        while self._log_pages >= CHECKPOINT_PAGES:
            try:
                return self._queue.get(timeout=IDLE_S)
            except queue.Empty:
                self._checkpoint()
        return self._queue.get()

    def _checkpoint(self) -> None:
        """Copy the log into the database, so that the next entries use it from its beginning again.

        Every entry is durable before and after. Should the disk refuse, the log only stays long.
        """
        self._log_pages = 0
        if self._connection is None:
            return
        try:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.Error as error:
            self.problem = _words(error)
            self._close_file()
        else:
            self._checkpoints += 1

    def _write(self, batch: Sequence[_Write]) -> None:
        """Commit a batch as one transaction; answer those who wait."""
        alive = [write for write in batch if write.done is None or write.done.set_running_or_notify_cancel()]
        if not alive:
            return
        began_ns = self._clock.mono_ns()
        try:
            if self.problem:
                self._recover()
            self._insert([write.entry for write in alive])
        except (apsw.Error, OSError, JournalError) as error:
            self.problem = _words(error)
            self._close_file()
            for write in alive:
                if write.done is None:
                    self._keep(write.entry)
                else:
                    write.done.set_exception(JournalError(self.problem))
            return
        self._slowest_ns = max(self._slowest_ns, self._clock.mono_ns() - began_ns)
        for write in alive:
            if write.done is not None:
                write.done.set_result(None)
        if self._log_pages >= self._most_pages:
            self._checkpoint()

    def _insert(self, entries: Sequence[Entry]) -> None:
        if self._connection is None:
            self._open_file()
        assert self._connection is not None
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany(
                "INSERT INTO entry (ts_ns, venue, subject, kind, body) VALUES (?, ?, ?, ?, ?)",
                [(e.ts_ns, e.venue, e.subject, e.kind, e.body.decode()) for e in entries],
            )
            connection.execute("COMMIT")
        except apsw.Error:
            # A full disk has rolled back by itself.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        self._commits += 1
        self._entries += len(entries)

    def _recover(self) -> None:
        """Check that the journal can be written; after a failure reopen it, verify it, write what waited."""
        stats = os.statvfs(self.folder)
        if stats.f_bavail * stats.f_frsize < MIN_FREE_BYTES:
            self.problem = f"less than {MIN_FREE_BYTES // 2**20} MB are free on its disk"
            raise JournalError(self.problem)
        if self.problem or self._connection is None:
            # A failed fsync says nothing on what reached the disk: only a fresh look does.
            self._close_file()
            self._open_file()
        while self._backlog:
            waiting = list(self._backlog)[:1_000]
            self._insert(waiting)
            for _ in waiting:
                self._backlog.popleft()
        self.problem = ""

    def _load(self) -> list[Entry]:
        try:
            self._open_file()
        except (apsw.NotADBError, apsw.CorruptError):
            self._close_file()
            aside = self.path.with_name(f"{self.path.name}.corrupt-{self._clock.now_ns()}")
            for suffix in ("", "-wal", "-shm"):
                part = self.path.with_name(self.path.name + suffix)
                if part.exists():
                    part.rename(aside.with_name(aside.name + suffix))
            self.set_aside = aside
            self._open_file()
        assert self._connection is not None
        rows = self._connection.execute(
            "SELECT seq, ts_ns, venue, subject, kind, body FROM entry ORDER BY seq"
        )
        entries = []
        for number, (seq, ts_ns, venue, subject, kind, body) in enumerate(rows, 1):
            if seq != number:
                raise JournalError(f"entry {number} is missing: the journal is not whole")
            entries.append(Entry(ts_ns, venue, subject, kind, body.encode()))
        return entries

    def _open_file(self) -> None:
        old_mask = os.umask(0o077)
        try:
            self._connection = connection = apsw.Connection(str(self.path))
        finally:
            os.umask(old_mask)
        connection.set_busy_timeout(0)
        connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.set_wal_hook(self._logged)  # In the place of SQLite's own, which copies within a commit.
        version = connection.pragma("user_version")
        if version == 0:
            with connection:
                connection.execute(_CREATE)
        elif connection.pragma("application_id") != APPLICATION_ID:
            raise JournalError(f"{self.path} is not a journal of this program")
        elif version != SCHEMA:
            raise JournalError(f"a newer program wrote {self.path} (schema {version}): use that one")
        verdict = connection.pragma("quick_check")
        if verdict != "ok":
            raise apsw.CorruptError(safe_text(str(verdict)))

    def _logged(self, connection: apsw.Connection, name: str, pages: int) -> int:
        """Note how long the log is; called within a commit, once it is durable."""
        del connection, name
        self._log_pages = pages
        return apsw.SQLITE_OK

    def _close_file(self) -> None:
        self._log_pages = 0
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close(force=True)

    def _keep(self, entry: Entry) -> None:
        self.dropped += len(self._backlog) == BACKLOG
        self._backlog.append(entry)


def _words(error: Exception) -> str:
    match error:
        case apsw.FullError():
            return "the disk is full"
        case apsw.IOError():
            return f"the disk refuses: {safe_text(str(error))}"
        case apsw.BusyError() | apsw.LockedError():
            return "another program has the journal open"
        case _:
            return safe_text(str(error) or type(error).__name__)
