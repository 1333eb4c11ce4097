"""Keeps what was learned in one SQLite file in the user's data folder. Nothing of it ever leaves the machine.

A table of events, appended only; export and import are the same events as lines of JSON, and importing twice
changes nothing.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import apsw
import msgspec
from platformdirs import user_data_path

from omega_tui.education.progress import AnyHappened
from omega_tui.errors import ProgressError
from omega_tui.private_files import make_private_folder
from omega_tui.text import safe_text

SCHEMA: Final = 1
APPLICATION_ID: Final = 0x6F6D6C65
"""`omle` in SQLite's header."""

BUSY_MS: Final = 2_000
"""How long another console may hold the file."""

MAX_LINES: Final = 1_000_000
MAX_LINE_BYTES: Final = 20_000

_CREATE: Final = f"""
PRAGMA application_id = {APPLICATION_ID};
CREATE TABLE happened (
  seq INTEGER PRIMARY KEY,
  at_ns INTEGER NOT NULL,
  body TEXT NOT NULL UNIQUE CHECK (json_valid(body))
) STRICT;
PRAGMA user_version = {SCHEMA};
"""

_DECODER: Final[msgspec.json.Decoder[AnyHappened]] = msgspec.json.Decoder(AnyHappened)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="string", order="deterministic")


def progress_path() -> Path:
    """Return where it is kept: `$XDG_DATA_HOME/omega-tui/learn.sqlite3` or the system's place for data."""
    return user_data_path("omega-tui", appauthor=False) / "learn.sqlite3"


class ProgressStore:
    """One file. Blocking: an event loop calls it in a thread. Opened by the first call."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: apsw.Connection | None = None

    def load(self) -> list[AnyHappened]:
        """Return every event, oldest first.

        Raises:
            ProgressError: The file cannot be read, or is not ours.
        """
        try:
            rows = list(self._open().execute("SELECT body FROM happened ORDER BY at_ns, seq"))
        except apsw.Error as error:
            raise self._trouble(error) from error
        return [self._decoded(body) for (body,) in rows]

    def append(self, events: Iterable[AnyHappened]) -> int:
        """Write events and return how many were new.

        Raises:
            ProgressError: The file cannot be written.
        """
        rows = [(event.at_ns, _ENCODER.encode(event).decode()) for event in events]
        try:
            connection = self._open()
            before = connection.total_changes()
            with connection:
                connection.executemany("INSERT OR IGNORE INTO happened (at_ns, body) VALUES (?, ?)", rows)
        except apsw.Error as error:
            raise self._trouble(error) from error
        return connection.total_changes() - before

    def export(self) -> bytes:
        """Return every event as a line of JSON; errors as in `load`."""
        return b"".join(_ENCODER.encode(event) + b"\n" for event in self.load())

    def take_in(self, lines: bytes) -> int:
        """Add exported events and return how many were new. Nothing is written unless every line is good.

        Raises:
            ProgressError: A line is no event, or the file cannot be written.
        """
        events = []
        for number, line in enumerate(lines.splitlines(), 1):
            if not line.strip():
                continue
            if number > MAX_LINES or len(line) > MAX_LINE_BYTES:
                raise ProgressError(f"line {number}: too much for a record of learning")
            try:
                events.append(_DECODER.decode(line))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise ProgressError(f"line {number}: {safe_text(str(error))}") from error
        return self.append(events)

    def reset(self) -> int:
        """Forget everything and return how many events that were; errors as in `append`."""
        try:
            connection = self._open()
            before = connection.total_changes()
            with connection:
                connection.execute("DELETE FROM happened WHERE 1")
        except apsw.Error as error:
            raise self._trouble(error) from error
        return connection.total_changes() - before

    def close(self) -> None:
        """Close the file. Never raises; the next call opens it again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close(force=True)

    def _open(self) -> apsw.Connection:
        if self._connection is not None:
            return self._connection
        try:
            make_private_folder(self.path.parent)
            old_mask = os.umask(0o077)
            try:
                connection = apsw.Connection(str(self.path))
            finally:
                os.umask(old_mask)
            connection.set_busy_timeout(BUSY_MS)
            connection.execute("PRAGMA journal_mode = WAL; PRAGMA trusted_schema = OFF")
            version = connection.pragma("user_version")
            if version == 0:
                with connection:
                    connection.execute(_CREATE)
            elif connection.pragma("application_id") != APPLICATION_ID:
                raise ProgressError(f"{self.path} is not a record of learning")
            elif version != SCHEMA:
                raise ProgressError(f"a newer program wrote {self.path} (schema {version}): use that one")
        except (apsw.Error, OSError) as error:
            raise self._trouble(error) from error
        self._connection = connection
        return connection

    def _decoded(self, body: str) -> AnyHappened:
        try:
            return _DECODER.decode(body)
        except msgspec.DecodeError as error:
            raise ProgressError(f"{self.path}: an entry cannot be read: {safe_text(str(error))}") from error

    def _trouble(self, error: apsw.Error | OSError) -> ProgressError:
        return ProgressError(
            f"what was learned cannot be kept in {self.path}: {safe_text(str(error))}. Free the file or "
            f"its disk"
        )
