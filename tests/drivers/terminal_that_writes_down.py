"""A program in raw mode that keeps what a terminal sends it, up to `<end>`. Argument: the file for it."""

import os
import sys
import tty

END = b"<end>"

tty.setraw(0)
# As the console asks for them: pastes with brackets, and keys by the protocol of kitty where it is known.
os.write(1, b"\x1b[?2004h\x1b[>1uready")
heard = b""
while not heard.endswith(END):
    heard += os.read(0, 4_096)
with open(sys.argv[1], "wb") as file:  # noqa: PTH123 - nothing slow is imported
    file.write(heard.removesuffix(END))
