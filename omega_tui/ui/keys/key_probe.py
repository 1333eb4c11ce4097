"""Which keys a terminal delivers, and a keymap that works with those. Pure; `omega-tui doctor keys` asks.

Bytes are named by the very parser that the console reads its terminal with.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from textual import events
from textual._xterm_parser import XTermParser

from omega_tui.errors import ConfigError
from omega_tui.ui.keys.key_names import is_character, written
from omega_tui.ui.keys.keymap import Bind, Group, Keymap
from omega_tui.ui.keys.keymap_file import COMMAND
from omega_tui.ui.keys.keymap_presets import shipped

ENABLE = "\x1b[>25u"
DISABLE = "\x1b[<u"
"""The keyboard protocol that the console switches on where a terminal has it: Textual's flags 1, 8 and 16."""

SAMPLES = ("b", "A", "1")
"""Letters and digits arrive alike: one of each kind stands for all."""


class Probe(Struct, frozen=True):
    """One key to be pressed.

    Attributes:
        key: Textual's name of it.
        words: What it is for.
    """

    key: str
    words: str


class Seen(Struct, frozen=True):
    """What came of one key.

    Attributes:
        key: The key that was asked for.
        raw: The bytes that arrived; empty where none did.
        names: What the console makes of them.
    """

    key: str
    raw: bytes
    names: tuple[str, ...]

    @property
    def is_delivered(self) -> bool:
        """Whether it arrived as what it is."""
        return self.names == (self.key,)

    @property
    def verdict(self) -> str:
        """What became of it, in words."""
        if self.is_delivered:
            return "ok"
        if not self.raw:
            return "LOST: nothing arrives"
        return f"LOST: arrives as {' '.join(map(written, self.names)) or 'nothing that the console knows'}"


def names_of(raw: bytes) -> tuple[str, ...]:
    """Return Textual's names of the keys that these bytes are."""
    if raw == b"\x1b":
        return ("escape",)
    text = raw.decode("utf-8", "replace")
    parsed = XTermParser().feed(text)
    return tuple(event.key for event in parsed if isinstance(event, events.Key))


def probes(keymap: Keymap, *, every: bool = False) -> tuple[Probe, ...]:
    """Return the keys to try, the ones that take risk off first.

    Args:
        keymap: In force.
        every: Also the other keys of bindings that have one already, and those of lists and replays.
    """
    found: dict[str, Probe] = {}
    binds = sorted(keymap.binds, key=lambda bind: list(Group).index(bind.group))
    for bind in binds:
        if bind.group in {Group.LIST, Group.REPLAY} and not every:
            continue
        for key in bind.keys if every else bind.keys[:1]:
            if len(key) > 1 or key in SAMPLES:
                found.setdefault(key, Probe(key, bind.tooltip.removeprefix("… ")))
    return tuple(found.values())


def working(seen: Iterable[Seen]) -> dict[str, bool]:
    """Return whether each key arrives; the samples speak for their kind."""
    known = {one.key: one.is_delivered for one in seen}
    for sample, test in (("b", str.islower), ("A", str.isupper), ("1", str.isdigit)):
        if sample in known:
            kind = (chr(code) for code in range(33, 127) if test(chr(code)))
            known |= {key: known[sample] for key in kind if key not in known}
    return known


def out_of_reach(keymap: Keymap, seen: Sequence[Seen]) -> tuple[Bind, ...]:
    """Return the bindings none of whose keys arrives here."""
    arrives = working(seen)
    return tuple(
        bind for bind in keymap.binds if bind.keys and not any(arrives.get(key, True) for key in bind.keys)
    )


def as_they_arrive(keymap: Keymap, seen: Sequence[Seen]) -> Keymap:
    """Return the keymap with each lost key that arrives as another, free one bound to that one."""
    arrives_as = {one.key: one.names[0] for one in seen if not one.is_delivered and len(one.names) == 1}
    for bind in out_of_reach(keymap, seen):
        for key in bind.keys:
            if key not in arrives_as:
                continue
            other = with_keys(keymap, bind.id, (arrives_as[key],))
            if isinstance(other, Keymap):
                keymap = other
                break
    return keymap


def with_keys(keymap: Keymap, bind_id: str, keys: tuple[str, ...]) -> Keymap | str:
    """Return the keymap with other keys for one binding, or why that cannot be."""
    try:
        return keymap.rebound({bind_id: keys})
    except ConfigError as error:
        return error.found


def changes(keymap: Keymap) -> Mapping[str, tuple[str, ...]]:
    """Return what a keymap file says to make this keymap of the shipped one that it began as."""
    plain = {bind.id: bind.keys for bind in shipped(keymap.preset, market_orders=True).binds}
    return {
        bind.id: bind.keys
        for bind in keymap.binds
        if bind.id.startswith(COMMAND) or plain.get(bind.id) != bind.keys
    }


def layout_word(seen: Iterable[Seen]) -> str:
    """Return what is to be said about the keyboard's layout, judged by the letter that was asked for."""
    for one in seen:
        if one.key in SAMPLES and len(one.names) == 1 and not one.is_delivered and is_character(one.names[0]):
            what = f"{one.key} arrives as {one.names[0]}"
            return f'{what}: other letters are on this layout; ui.keymap = "arrows" needs none'
    return ""
