"""The terminal is asked how wide it draws, and what it says is taken, in a real pty."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios

import pytest

CHILD = """
import sys, termios
from omega_tui import outline
before = termios.tcgetattr(0)
outline.show("PAPER")
quiet = termios.tcgetattr(0)
assert not quiet[3] & (termios.ECHO | termios.ICANON)
import select
select.select([0], [], [], 20)
found = outline.fitting_glyphs()
assert termios.tcgetattr(0) == before
outline.remove()
print("glyphs:", found or "not known", flush=True)
"""


def read_until(master, word):
    seen = b""
    while word not in seen:
        assert select.select([master], [], [], 20)[0], seen
        seen += os.read(master, 4_096)
    return seen


@pytest.mark.parametrize(
    ("answer", "glyphs"),
    [(b"\x1b[2;2R\x1b[2;2R", b"unicode"), (b"\x1b[2;3R\x1b[2;2R", b"cjk"), (b"j", b"not known")],
)
def test_the_terminal_is_asked_and_left_as_it_was(answer, glyphs):
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    with subprocess.Popen([sys.executable, "-c", CHILD], stdin=slave, stdout=slave, stderr=slave) as child:
        os.close(slave)
        asked = read_until(master, b"opens in a moment")
        assert asked.count(b"\x1b[6n") == 2
        assert asked.index(b"\x1b[6n") < asked.index(b"\x1b[2J"), "what was drawn to measure is wiped away"
        os.write(master, answer)
        assert b"glyphs: " + glyphs in read_until(master, glyphs)
        assert termios.tcgetattr(master)[3] & termios.ECHO
    os.close(master)
    assert child.returncode == 0
