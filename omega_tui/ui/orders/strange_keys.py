"""Keys that mean nothing where they are pressed: what was meant by them, and what would be taken. Pure."""

from typing import Final

from omega_tui.ui.keys.key_names import arrives_as, written
from omega_tui.ui.keys.keymap import Context, Keymap
from omega_tui.ui.orders.pending import OBJECTS, Verb

SILENT: Final = frozenset(
    {
        f"{side}_{name}"
        for side in ("left", "right")
        for name in ("shift", "control", "alt", "super", "hyper", "meta")
    }
    | {"iso_level3_shift", "iso_level5_shift", "caps_lock", "num_lock", "scroll_lock"}
)
"""What only does something to other keys. A terminal that speaks kitty's protocol reports each as a key
of its own: the Shift of `b` and then `T` would be the object of `b`."""

_TRADES: Final = (Verb.BUY, Verb.SELL, Verb.CANCEL, Verb.FLATTEN)
"""Verbs that a key may have been meant for in the place of another."""

_NAMED: Final = 8
"""Of so many objects the sentence that lists them names each; of more it has room for the keys alone."""


def why_nothing(key: str, keymap: Keymap, *contexts: Context) -> str:
    """Return what to say of a key that is bound to nothing in `contexts`."""
    name = written(key)
    other = keymap.bind(keymap.find(key.swapcase(), *contexts)) if len(key) == 1 else None
    if other is not None and key.swapcase() != key:
        return (
            f"{name} means nothing here; {other.keys[0]} is: {other.tooltip.removesuffix(' …')} (Caps Lock?)"
        )
    meant = arrives_as(key)
    return (
        f"{name}, {meant}, means nothing here"
        if meant
        else f"{name} means nothing here; {{help}} lists the keys"
    )


def why_no_object(verb: Verb, key: str, keymap: Keymap) -> str:
    """Return what to say of a key that is no object of the verb before it: what is, and who takes it."""
    name, binds = written(key), keymap.in_context(OBJECTS[verb])
    keys = (" ".join(written(each) for each in bind.keys) for bind in binds)
    if len(binds) > _NAMED:
        takes = " ".join(keys)
    else:
        words = (bind.id.partition(".")[2].replace("_", " ") for bind in binds)
        takes = ", ".join(map(" ".join, zip(keys, words, strict=True)))
    others = [other for other in _TRADES if keymap.find(key, OBJECTS[other])]
    where = f"; {' and '.join(others)} {'take' if len(others) > 1 else 'takes'} {name}" if others else ""
    return f"{name} dropped: {verb} takes {takes}{where}"
