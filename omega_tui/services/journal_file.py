"""The journal's SQLite file: opened and checked, written in whole transactions, tidied when asked.

It belongs to one thread. The write-ahead log is synced at every commit and copied into the database by
`checkpoint` alone, never within a commit as SQLite would by itself.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import apsw

from omega_tui.errors import JournalError
from omega_tui.text import safe_text

SCHEMA = 1
APPLICATION_ID = 0x6F6D6761
"""`omga`, in SQLite's header, so that `file` and we can tell it from another database."""

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


_INSERT = "INSERT INTO entry (ts_ns, venue, subject, kind, body) VALUES (?, ?, ?, ?, ?)"


class Row(NamedTuple):
    """One line of the journal, as it is kept."""

    ts_ns: int
    venue: str
    subject: str
    kind: str
    body: str


class JournalFile:
    """The file.

    Attributes:
        path: Where it is.
        log_pages: Length of the write-ahead log since it was last copied; 0 while the file is closed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.log_pages = 0
        self._connection: apsw.Connection | None = None

    @property
    def is_open(self) -> bool:
        """Whether it can be written without being opened first."""
        return self._connection is not None

    def open(self) -> None:
        """Open or begin the file, and check it.

        Raises:
            JournalError: It is another program's, or a newer one's.
            apsw.Error: It is damaged, or the disk refuses.
        """
        old_mask = os.umask(0o077)
        try:
            self._connection = connection = apsw.Connection(str(self.path))
        finally:
            os.umask(old_mask)
        connection.set_busy_timeout(0)
        connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.set_wal_hook(self._noted)  # In the place of SQLite's own, which copies within a commit.
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

    def close(self) -> None:
        """Close the file, if it is open."""
        self.log_pages = 0
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close(force=True)

    def insert(self, rows: Sequence[Row]) -> None:
        """Write rows as one transaction; they are durable when this returns. Opens the file if it must.

        Raises:
            JournalError, apsw.Error: As `open`; nothing of it was written.
        """
        if self._connection is None:
            self.open()
        assert self._connection is not None
        connection = self._connection
        if len(rows) == 1:
            # A statement by itself is a transaction. Each one more would ask for the interpreter twice, from
            # threads that draw and read: that was most of the time that an order waited for its line.
            connection.execute(_INSERT, rows[0])
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.executemany(_INSERT, rows)
            connection.execute("COMMIT")
        except apsw.Error:
            # A full disk has rolled back by itself.
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def load(self) -> list[Row]:
        """Return every row of the open file, oldest first.

        Raises:
            JournalError: One is missing.
        """
        assert self._connection is not None
        found = self._connection.execute(
            "SELECT seq, ts_ns, venue, subject, kind, body FROM entry ORDER BY seq"
        )
        rows = []
        for number, (seq, *values) in enumerate(found, 1):
            if seq != number:
                raise JournalError(f"entry {number} is missing: the journal is not whole")
            rows.append(Row(*values))
        return rows

    def set_aside(self, now_ns: int) -> Path:
        """Keep a damaged file under another name, and return it."""
        self.close()
        aside = self.path.with_name(f"{self.path.name}.corrupt-{now_ns}")
        for suffix in ("", "-wal", "-shm"):
            part = self.path.with_name(self.path.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
        return aside

    def checkpoint(self) -> None:
        """Copy the log into the database, so that the next rows use it from its beginning again.

        Every row is durable before and after; after an error the log only stays long.
        """
        self.log_pages = 0
        if self._connection is not None:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)

    def _noted(self, connection: apsw.Connection, name: str, pages: int) -> int:
        """Note how long the log is; called within a commit, once it is durable."""
        del connection, name
        self.log_pages = pages
        return apsw.SQLITE_OK


def trouble(error: Exception) -> str:
    """Return what an error of the file means, in words."""
    match error:
        case apsw.FullError():
            return "the disk is full"
        case apsw.IOError():
            return f"the disk refuses: {safe_text(str(error))}"
        case apsw.BusyError() | apsw.LockedError():
            return "another program has the journal open"
        case _:
            return safe_text(str(error) or type(error).__name__)
