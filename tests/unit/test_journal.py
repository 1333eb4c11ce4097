"""The journal on a real disk: durable, one writer, one process, honest about trouble."""

import asyncio
import os
import signal
import sqlite3
import stat
import sys
import textwrap

import apsw
import pytest

from omega_tui.clock import SystemClock
from omega_tui.errors import JournalError
from omega_tui.services.journal import Entry, Journal


def entry(number=1, kind="ack"):
    return Entry(number, "sim", f"o{number}", kind, b'{"n":%d}' % number)


@pytest.fixture
async def journal(tmp_path):
    journal = Journal(tmp_path / "journal", SystemClock())
    assert await journal.open() == []
    yield journal
    await journal.close()


async def reopened(journal):
    await journal.close()
    again = Journal(journal.folder, SystemClock())
    try:
        return await again.open()
    finally:
        await again.close()


async def test_what_was_committed_and_appended_is_there_again_in_order(journal):
    for number in range(1, 50):
        journal.append(entry(number))
    await journal.commit(entry(50))
    journal.append(entry(51))
    assert await reopened(journal) == [entry(number) for number in range(1, 52)]
    assert journal.metrics()["journal_commits_total"] < 51


async def test_commits_that_wait_together_share_a_transaction(journal):
    async with asyncio.TaskGroup() as group:
        for number in range(1, 21):
            group.create_task(journal.commit(entry(number)))
    assert len(await reopened(journal)) == 20


async def test_a_commit_outlives_kill_nine(tmp_path):
    script = """
        import asyncio, os, signal
        from pathlib import Path
        from omega_tui.clock import SystemClock
        from omega_tui.services.journal import Entry, Journal
        async def main():
            journal = Journal(Path("j"), SystemClock())
            await journal.open()
            await journal.commit(Entry(1, "sim", "o1", "intent", b"{}"))
            os.kill(os.getpid(), signal.SIGKILL)
        asyncio.run(main())
    """
    child = await asyncio.create_subprocess_exec(sys.executable, "-c", textwrap.dedent(script), cwd=tmp_path)
    assert await child.wait() == -signal.SIGKILL
    again = Journal(tmp_path / "j", SystemClock())
    assert [e.kind for e in await again.open()] == ["intent"]
    await again.close()


async def test_a_second_console_is_refused(journal):
    with pytest.raises(JournalError, match="another console"):
        await Journal(journal.folder, SystemClock()).open()
    await journal.commit(entry())


async def test_a_bug_in_what_is_asked_of_the_writer_is_told_and_ends_nothing(journal):
    async with asyncio.timeout(20):
        with pytest.raises(ZeroDivisionError):
            await journal._call(lambda: 1 // 0)
        assert await journal._call(lambda: "still here") == "still here"


async def test_nobody_else_can_read_it(journal):
    await journal.commit(entry())
    assert stat.S_IMODE(journal.folder.stat().st_mode) == 0o700
    for path in journal.folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


@pytest.mark.parametrize("damage", [b"this is not a database at all" * 40, b""])
async def test_a_damaged_file_is_kept_and_a_new_one_begun(journal, damage):
    await journal.commit(entry())
    await journal.close()
    for path in journal.folder.glob("journal.sqlite3*"):
        path.write_bytes(damage)
    again = Journal(journal.folder, SystemClock())
    assert await again.open() == []
    assert (again.set_aside is not None) == bool(damage)
    if again.set_aside is not None:
        assert again.set_aside.read_bytes() == damage
    await again.commit(entry())
    await again.close()


async def test_a_file_of_a_newer_program_is_left_alone(journal):
    await journal.close()
    with sqlite3.connect(journal.path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(JournalError, match="newer program"):
        await Journal(journal.folder, SystemClock()).open()


async def test_a_hole_in_the_numbers_is_noticed(journal):
    for number in range(1, 4):
        await journal.commit(entry(number))
    await journal.close()
    with sqlite3.connect(journal.path) as connection:
        connection.execute("DELETE FROM entry WHERE seq = 2")
    connection.close()
    with pytest.raises(JournalError, match="not whole"):
        await Journal(journal.folder, SystemClock()).open()


async def test_a_full_disk_refuses_intents_keeps_facts_and_recovers(journal):
    await journal.commit(entry(1))
    await journal._call(lambda: journal._file._connection.pragma("max_page_count", 1))
    with pytest.raises(JournalError, match="full"):
        await journal.commit(Entry(2, "sim", "o", "x", b'"%s"' % (b"x" * 400_000)))
    assert journal.problem == "the disk is full"
    fact = entry(5_000)
    journal.append(fact)
    await journal.probe()
    assert journal.problem == ""
    assert (await reopened(journal))[-1] == fact


async def test_a_slow_disk_refuses_in_time_and_writes_nothing_later(journal):
    stuck, free = asyncio.Event(), os.pipe()
    loop = asyncio.get_running_loop()

    def hold():
        loop.call_soon_threadsafe(stuck.set)
        os.read(free[0], 1)

    async with asyncio.TaskGroup() as group:
        group.create_task(journal._call(hold))
        await stuck.wait()
        with pytest.raises(JournalError, match="longer than 20 ms"):
            await journal.commit(entry(), timeout_s=0.02)
        assert journal.problem
        os.write(free[1], b"x")
    for end in free:
        os.close(end)
    await journal.probe()
    assert journal.problem == ""
    assert await reopened(journal) == []


async def test_what_is_not_json_is_refused_by_the_file_itself(journal):
    with pytest.raises(JournalError):
        await journal.commit(Entry(1, "sim", "o", "x", b"not json"))
    with pytest.raises(JournalError):
        await journal.commit(Entry(1, "sim", "o", "", b"{}"))


async def test_a_closed_journal_takes_no_intent(journal):
    await journal.close()
    with pytest.raises(JournalError, match="closed"):
        await journal.commit(entry())


async def test_a_folder_that_cannot_be_made_says_so(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="folder"):
        await Journal(tmp_path / "file" / "journal", SystemClock()).open()


def test_the_sqlite_in_use_has_the_wal_reset_fix():
    assert tuple(map(int, apsw.sqlite_lib_version().split("."))) >= (3, 51, 3)


async def test_the_log_is_tidied_when_nothing_waits_and_never_within_a_commit(journal):
    """Copying it syncs two files: between an intent and its answer it would be the longest of all."""
    big = b'{"n":"' + b"x" * 20_000 + b'"}'
    for number in range(1, 241):
        journal.append(Entry(number, "sim", "o1", "fact", big))
    await journal.commit(entry(241))
    assert journal.metrics()["journal_checkpoints_total"] == 0
    log = journal.path.with_name(journal.path.name + "-wal")
    assert log.stat().st_size > 4_000_000
    assert journal.path.stat().st_size < 100_000, "SQLite's own copy would have been made within the commit"
    async with asyncio.timeout(10):
        while not journal.metrics()["journal_checkpoints_total"]:  # noqa: ASYNC110 - the writer is a thread
            await asyncio.sleep(0.02)
    assert journal.path.stat().st_size > 4_000_000
    before = log.stat().st_size
    await journal.commit(entry(242))
    assert log.stat().st_size == before, "the log is used from its beginning again"
    assert len(await reopened(journal)) == 242


async def test_a_log_that_grows_without_a_pause_is_tidied_all_the_same(tmp_path):
    journal = Journal(tmp_path / "journal", SystemClock(), most_pages=50)
    await journal.open()
    for number in range(1, 41):
        await journal.commit(Entry(number, "sim", "o1", "fact", b'{"n":"' + b"x" * 20_000 + b'"}'))
    assert journal.metrics()["journal_checkpoints_total"] >= 2
    assert len(await reopened(journal)) == 40
