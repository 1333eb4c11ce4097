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
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import apsw

from omega_tui.clock import Clock
from omega_tui.errors import JournalError
from omega_tui.private_files import make_private_folder
from omega_tui.services.journal_file import JournalFile, Row, trouble

T = TypeVar("T")

COMMIT_TIMEOUT_S = 0.25
"""An intent that is not durable within this is not sent (fault model, D2)."""

AT_ONCE_S = 0.002
"""So long the loop itself stands still for a commit, which takes less on a disk that is well.

What it would do meanwhile keeps the interpreter from the thread that writes, and is in the way when that is
done: it took an order 0.7 ms more (`benchmarks/key_to_wire.py`, orders in turn this way and that).
"""

IDLE_S = 0.5
"""When nothing was written for so long, the write-ahead log may be copied into the database."""
CHECKPOINT_PAGES = 250
"""It is, if it has this many pages (1 MB): few enough to keep an order that comes then but a moment."""
MOST_PAGES = 8_000
"""At this many it is copied even while entries keep coming; after those who wait have their answer."""

MIN_FREE_BYTES = 100 * 1024 * 1024
BACKLOG = 10_000
"""Facts that wait in memory while the disk refuses; beyond it the oldest is dropped and counted."""


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
        self._file = JournalFile(folder / "journal.sqlite3")
        self._queue: queue.SimpleQueue[_Write | _Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._backlog: deque[Entry] = deque(maxlen=BACKLOG)
        self._commits = 0
        self._entries = 0
        self._slowest_ns = 0
        self._most_pages = most_pages
        self._checkpoints = 0

    @property
    def path(self) -> Path:
        """The database file."""
        return self._file.path

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
        with suppress(TimeoutError):
            done.result(AT_ONCE_S)
            return
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
                done.set_exception(JournalError(trouble(error)))
            except Exception as error:  # noqa: BLE001 - whoever asked is told; the thread writes on
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
                self._file.close()
                return

    def _next(self) -> "_Write | _Job | None":
        """Wait for what is to be done next; use a pause to tidy the log."""
        while self._file.log_pages >= CHECKPOINT_PAGES:
            try:
                return self._queue.get(timeout=IDLE_S)
            except queue.Empty:
                self._checkpoint()
        return self._queue.get()

    def _checkpoint(self) -> None:
        """Tidy the log. Should the disk refuse, it only stays long."""
        try:
            self._file.checkpoint()
        except apsw.Error as error:
            self.problem = trouble(error)
            self._file.close()
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
            self.problem = trouble(error)
            self._file.close()
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
        if self._file.log_pages >= self._most_pages:
            self._checkpoint()

    def _insert(self, entries: Sequence[Entry]) -> None:
        self._file.insert([Row(e.ts_ns, e.venue, e.subject, e.kind, e.body.decode()) for e in entries])
        self._commits += 1
        self._entries += len(entries)

    def _recover(self) -> None:
        """Check that the journal can be written; after a failure reopen it, verify it, write what waited."""
        stats = os.statvfs(self.folder)
        if stats.f_bavail * stats.f_frsize < MIN_FREE_BYTES:
            self.problem = f"less than {MIN_FREE_BYTES // 2**20} MB are free on its disk"
            raise JournalError(self.problem)
        if self.problem or not self._file.is_open:
            # A failed fsync says nothing on what reached the disk: only a fresh look does.
            self._file.close()
            self._file.open()
        while self._backlog:
            waiting = list(self._backlog)[:1_000]
            self._insert(waiting)
            for _ in waiting:
                self._backlog.popleft()
        self.problem = ""

    def _load(self) -> list[Entry]:
        try:
            self._file.open()
        except (apsw.NotADBError, apsw.CorruptError):
            self.set_aside = self._file.set_aside(self._clock.now_ns())
            self._file.open()
        return [Entry(*row[:4], row.body.encode()) for row in self._file.load()]

    def _keep(self, entry: Entry) -> None:
        self.dropped += len(self._backlog) == BACKLOG
        self._backlog.append(entry)
