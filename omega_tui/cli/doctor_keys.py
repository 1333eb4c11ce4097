"""`omega-tui doctor keys`: press a key and see what this terminal delivers, then a keymap that works here."""

import argparse
import os
import select
import shutil
import sys
import termios
import tty
from pathlib import Path
from typing import Any, Self

from omega_tui.cli.exit_codes import DONE, FAILED, REFUSED_HERE
from omega_tui.cli.lesson_text import wrapped
from omega_tui.cli.options import complain, configuration, parser
from omega_tui.cli.output import print_columns, print_json, write
from omega_tui.config.folders import config_path
from omega_tui.config.loading import LoadedConfig
from omega_tui.errors import ConfigError
from omega_tui.private_files import make_private_folder, replace_private
from omega_tui.text import safe_text
from omega_tui.ui.commands.user_commands import commands_path, load_commands
from omega_tui.ui.keys.key_names import written
from omega_tui.ui.keys.key_probe import (
    DISABLE,
    ENABLE,
    Seen,
    as_they_arrive,
    changes,
    layout_word,
    names_of,
    out_of_reach,
    probes,
    with_keys,
)
from omega_tui.ui.keys.keymap import Bind, Keymap
from omega_tui.ui.keys.keymap_file import FILE_NAME, keymap_path, load_keymap, written_file

FIRST_BYTE_S = 8.0
"""A key that brings nothing for so long is lost."""
SHORTEST_S, LONGEST_S = 0.2, 60.0
REST_S = 0.15
"""Bytes of one key come closer together than this; a multiplexer may cut them apart."""
MOST_BYTES = 64
KEY, WORDS, BYTES, VERDICT = 12, 52, 16, 22
"""Columns of the line of a key: what it is called, what it is for, what it sends, and what became of it."""
INTERRUPT = b"\x03"


def run(argv: list[str]) -> int:  # noqa: PLR0911 - one code per way to end
    """Ask for keys, tell what arrives, and write a keymap file where something is lost."""
    options = parser("doctor keys", "Press keys and see what this terminal delivers. Ctrl+C leaves.")
    options.add_argument("--all", action="store_true", help="every key of the keymap, not one per binding")
    options.add_argument("--dry-run", action="store_true", help="write no keymap file")
    options.add_argument("--json", action="store_true", help="one JSON object per key, at the end")
    options.add_argument(
        "--wait", type=_seconds, default=FIRST_BYTE_S, metavar="S", help="seconds until a key counts as lost"
    )
    arguments = options.parse_args(argv)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        sys.stderr.write("omega-tui doctor keys: it needs a terminal, as it is the terminal that is tried\n")
        return REFUSED_HERE
    try:
        loaded = configuration(arguments)
        ui = loaded.config.ui
        path = keymap_path(loaded, os.environ)
        commands = load_commands(commands_path(loaded, os.environ))
        keymap = load_keymap(path, preset=ui.keymap, market_orders=ui.market_order_key, commands=commands)
        tried = probes(keymap, every=arguments.all)
        with _Asking(arguments.wait) as asking:
            asking.begin(len(tried))
            seen = [asking.key(probe.key, probe.words) for probe in tried]
            changed = asking.mend(keymap, seen)
    except ConfigError as error:
        return complain("doctor keys", error)
    except KeyboardInterrupt:
        sys.stderr.write("\nomega-tui doctor keys: left; nothing was written\n")
        return FAILED
    _print(seen, as_json=arguments.json)
    if changed is None:
        write("\nEvery binding has a key that arrives here. No keymap file is needed.\n")
        return DONE
    if arguments.dry_run:
        return DONE
    try:
        _save(changed, path or _usual(loaded))
    except OSError as error:
        sys.stderr.write(f"omega-tui doctor keys: the keymap cannot be written: {error.strerror}\n")
        return FAILED
    return DONE


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not SHORTEST_S <= value <= LONGEST_S:
        allowed = f"{SHORTEST_S} to {LONGEST_S:.0f} seconds"
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is out of range; allowed: {allowed}")
    return value


class _Asking:
    """The terminal while keys are tried: raw, in the keyboard protocol of the console."""

    def __init__(self, wait_s: float) -> None:
        self._wait_s = wait_s
        self._columns = shutil.get_terminal_size((80, 24)).columns
        self._terminal = sys.stdin.fileno()
        self._before: list[Any] = []

    def __enter__(self) -> Self:
        self._before = termios.tcgetattr(self._terminal)
        tty.setraw(self._terminal)
        self._say(ENABLE)
        return self

    def __exit__(self, *_: object) -> None:
        self._say(DISABLE)
        termios.tcsetattr(self._terminal, termios.TCSADRAIN, self._before)

    def begin(self, count: int) -> None:
        """Say what will be asked, of so many keys."""
        self._tell(
            f"Press each key that is asked for, {count} in all. Enter: it is not there, or nothing happens. "
            "Ctrl+C leaves."
        )

    def key(self, key: str, words: str) -> Seen:
        """Ask for one key and return what came.

        Where the terminal has no room for the bytes beside the words, they stand in the table at the end.

        Raises:
            KeyboardInterrupt: Ctrl+C was pressed.
        """
        room = self._columns - (2 + KEY + 1 + VERDICT + 1)
        has_bytes = room >= WORDS + BYTES + 1
        wide = WORDS if has_bytes else max(0, min(WORDS, room))
        shortened = words if len(words) < wide else f"{words[: max(0, wide - 2)]}…"
        self._say(f"  {written(key):<{KEY}} {shortened:<{wide}}")
        raw = self._read()
        seen = Seen(key, raw, names_of(raw) if raw else ())
        if seen.names == ("enter",) and key != "enter":
            raw, seen = b"", Seen(key, b"", ())
        self._say((f"{shown(raw):<{BYTES}} " if has_bytes else "") + f"{seen.verdict}\n")
        return seen

    def mend(self, keymap: Keymap, seen: list[Seen]) -> Keymap | None:
        """Find keys for what is out of reach here: as they arrive, else as they are pressed now.

        Returns the keymap that works, or None where nothing had to change.
        """
        word = layout_word(seen)
        if word:
            self._tell(f"\n{word}")
        mended = as_they_arrive(keymap, seen)
        for bind in out_of_reach(mended, seen):
            mended = self._other(mended, bind)
        return mended if mended.fingerprint != keymap.fingerprint else None

    def _other(self, keymap: Keymap, bind: Bind) -> Keymap:
        """Ask for another key for a binding until one will do, or Enter leaves it."""
        lost = " ".join(map(written, bind.keys))
        self._tell(f"\n{bind.id} ({bind.tooltip}) is out of reach: {lost}.")
        while True:
            self._say("  Press another key for it; Enter leaves it so: ")
            raw = self._read()
            names = names_of(raw) if raw else ()
            if names in {("enter",), ()}:
                self._say("left\n")
                return keymap
            if len(names) != 1:
                self._say(f"{shown(raw)} is no single key\n")
                continue
            # The first key of a binding is the one that menus and the footer name: the one that arrives here.
            other = with_keys(keymap, bind.id, (names[0], *bind.keys))
            if isinstance(other, str):
                self._say(f"{other}\n")
                continue
            self._say(f"{written(names[0])}\n")
            return other

    def _read(self) -> bytes:
        """Return the bytes of one key; empty when none came in time.

        Raises:
            KeyboardInterrupt: Ctrl+C was pressed.
        """
        data = b""
        wait_s = self._wait_s
        while len(data) < MOST_BYTES and select.select([self._terminal], [], [], wait_s)[0]:
            more = os.read(self._terminal, MOST_BYTES - len(data))
            if not more:
                break
            data += more
            wait_s = REST_S
        if INTERRUPT in data or data.startswith(b"\x1b[99;5"):
            raise KeyboardInterrupt
        return data

    def _tell(self, text: str) -> None:
        """Write a sentence, broken between its words."""
        self._say(f"{_broken(text, self._columns)}\n")

    @staticmethod
    def _say(text: str) -> None:
        sys.stderr.write(text.replace("\n", "\r\n"))
        sys.stderr.flush()


def _broken(text: str, columns: int) -> str:
    """Return lines of text that a terminal of so many columns does not cut within a word."""
    lines = (wrapped(line, max(20, columns - 1)) for line in text.split("\n"))
    return "\n".join("\n".join(line) for line in lines)


def shown(raw: bytes) -> str:
    """Return bytes as people write them, `ESC[19~`, in nothing that a terminal obeys; `-` for none."""
    text = raw.decode("utf-8", "replace").replace("\x1b", "ESC").replace(" ", "SP")
    visible = (
        one if one.isprintable() else f"^{chr(ord(one) ^ 64)}" if ord(one) < 128 else "?" for one in text
    )
    return safe_text("".join(visible)) if raw else "-"


def _print(seen: list[Seen], *, as_json: bool) -> None:
    if as_json:
        for one in seen:
            print_json(
                {"key": one.key, "raw": one.raw.hex(), "names": one.names, "delivered": one.is_delivered}
            )
        return
    lost = [one for one in seen if not one.is_delivered]
    write("\n")
    print_columns(
        ("key", "bytes", "arrives as", ""),
        [(written(one.key), shown(one.raw), " ".join(map(written, one.names)), one.verdict) for one in seen],
    )
    if lost:
        write(f"\nLost here: {', '.join(written(one.key) for one in lost)}.\n")


def _usual(loaded: LoadedConfig) -> Path:
    return (loaded.path or config_path(os.environ)).with_name(FILE_NAME)


def _save(keymap: Keymap, path: Path) -> None:
    """Write the keymap file in one step; the one that was there is kept beside it."""
    terminal = safe_text(os.environ.get("TERM", "?"), max_cells=40)
    text = written_file(
        keymap.preset,
        changes(keymap),
        comment=f"Written by `omega-tui doctor keys` (TERM={terminal}).",
    )
    make_private_folder(path.parent)
    kept = ""
    if path.exists():
        old = path.with_name(f"{path.name}.old")
        replace_private(old, path.read_bytes())
        kept = f" What was there is in {old}."
    replace_private(path, text.encode())
    columns = shutil.get_terminal_size((80, 24)).columns
    told = (
        f"\nWrote {path}, which works in this terminal.{kept}",
        "With real money the next session begins with a drill of 20 seconds on the new keys: `:drill`.",
    )
    write("".join(f"{_broken(line, columns)}\n" for line in told))
