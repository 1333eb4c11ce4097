"""What is typed, read in a loop: a real pseudo-terminal, and a clock that the test holds."""

import asyncio
import contextlib
import os
import pty
import tty

import pytest
from textual.events import Key, Paste

from omega_tui.ui.console.terminal_input import LATE_S, READ_BYTES, TerminalInput


class Typist:
    """The other end of a terminal, and what was made of what was typed there."""

    def __init__(self):
        self.ours, self.theirs = pty.openpty()
        tty.setraw(self.theirs)
        self.now_s = 100.0
        self.taken = []
        self.gone = 0
        self.errors = []
        self.input = TerminalInput(
            self.theirs,
            take=self.take,
            on_gone=self.hang_up,
            on_error=self.errors.append,
            now_s=lambda: self.now_s,
        )

    def take(self, message):
        self.taken.append(message)

    def hang_up(self):
        self.gone += 1

    @property
    def keys(self):
        return [message.key for message in self.taken if isinstance(message, Key)]

    @property
    def times(self):
        return [message.time for message in self.taken]

    def types(self, data):
        os.write(self.ours, data)

    async def until(self, fact):
        async with asyncio.timeout(20):
            while not fact():  # noqa: ASYNC110 - what is awaited has no event
                await asyncio.sleep(0)


@pytest.fixture
async def typist():
    one = Typist()
    one.input.start()
    yield one
    one.input.stop()
    for end in (one.ours, one.theirs):
        with contextlib.suppress(OSError):
            os.close(end)


async def test_keys_come_in_order_while_the_loop_waits(typist):
    typist.types(b"bj\x1b[19~")
    await typist.until(lambda: len(typist.keys) == 3)
    assert typist.keys == ["b", "j", "f8"]
    assert set(typist.times) == {100.0}


async def test_who_draws_looks_for_himself(typist):
    typist.types(b"b")
    typist.input.look()
    assert typist.keys == ["b"]


async def test_a_look_at_nothing_waits_for_nothing(typist):
    typist.types(b"b")
    typist.input.look()
    typist.input.look()
    await asyncio.sleep(0)
    assert typist.keys == ["b"]


async def test_after_a_stall_a_key_is_as_old_as_the_last_look(typist):
    typist.input.look()
    typist.types(b"b")
    typist.now_s += 2.0
    typist.input.look()
    typist.types(b"j")
    typist.now_s += LATE_S / 2
    typist.input.look()
    assert typist.times == [100.0, 102.0 + LATE_S / 2]


async def test_a_loop_that_has_nothing_to_do_is_no_stall():
    """In the light mode a frame comes five times a second, and nobody else looks."""

    class Counted(TerminalInput):
        looks = 0

        def look(self):
            self.looks += 1
            super().look()

    typist = Typist()
    one = Counted(
        typist.theirs,
        take=typist.take,
        on_gone=typist.hang_up,
        on_error=typist.errors.append,
        now_s=lambda: typist.now_s,
    )
    one.start()
    typist.now_s += 2.0
    before = one.looks
    await typist.until(lambda: one.looks > before)
    typist.types(b"b")
    await typist.until(lambda: typist.keys == ["b"])
    assert typist.times == [102.0]
    one.stop()
    os.close(typist.ours)
    os.close(typist.theirs)


async def test_a_long_paste_after_a_stall_is_as_old_whatever_read_brings_it(typist):
    typist.now_s += 2.0
    size = READ_BYTES
    typist.types(b"x" * (size // 2))
    typist.input.look()
    typist.types(b"y" * (size // 2))
    typist.input.look()
    old = [message.time for message in typist.taken if message.key == "x"]
    assert set(old) == {100.0}


async def test_escape_alone_is_the_key_and_with_a_sequence_it_is_not(typist):
    typist.types(b"\x1b")
    await typist.until(lambda: typist.keys == ["escape"])
    typist.types(b"\x1b[A")
    await typist.until(lambda: typist.keys == ["escape", "up"])


async def test_a_sequence_may_come_in_two_reads(typist):
    typist.types(b"\x1b[20")
    typist.input.look()
    typist.types(b"~")
    typist.input.look()
    assert typist.keys == ["f9"]


async def test_a_letter_of_several_bytes_may_come_in_two_reads_and_a_broken_one_ends_nothing(typist):
    letter = "д".encode()
    typist.types(letter[:1])
    typist.input.look()
    typist.types(letter[1:] + b"\xffb")
    typist.input.look()
    assert [message.character for message in typist.taken] == ["д", "\ufffd", "b"]


async def test_a_bracketed_paste_is_one_message(typist):
    typist.types(b"\x1b[200~bj\x1b[201~")
    typist.input.look()
    typist.types(b"c")
    typist.input.look()
    assert [type(message) for message in typist.taken] == [Paste, Key]
    assert typist.taken[0].text == "bj"


async def test_a_terminal_that_hangs_up_is_told_once_and_read_no_more(typist):
    os.close(typist.ours)
    await typist.until(lambda: typist.gone)
    typist.input.look()
    await asyncio.sleep(0)
    assert typist.gone == 1


async def test_nothing_is_read_after_a_stop_and_all_of_it_after_the_next_start(typist):
    typist.input.stop()
    typist.types(b"b")
    typist.input.look()
    await asyncio.sleep(0)
    assert not typist.taken
    typist.input.start()
    await typist.until(lambda: typist.keys == ["b"])


async def test_a_fault_in_taking_a_key_is_told_and_ends_the_reading():
    typist = Typist()

    def fails(_):
        raise ValueError("no")

    typist.take = fails
    one = TerminalInput(typist.theirs, take=fails, on_gone=typist.hang_up, on_error=typist.errors.append)
    one.start()
    typist.types(b"b")
    one.look()
    typist.types(b"b")
    one.look()
    assert [str(error) for error in typist.errors] == ["no"]
    os.close(typist.ours)
    os.close(typist.theirs)
