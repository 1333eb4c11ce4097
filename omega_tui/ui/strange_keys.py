"""Keys that are bound to nothing: what was meant by them, and which of them are nothing alone. Pure."""

from typing import Final

from omega_tui.ui.key_names import arrives_as, written
from omega_tui.ui.keymap import Context, Keymap

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


def why_nothing(key: str, keymap: Keymap, *contexts: Context) -> str:
    """Return what to say of a key that is bound to nothing in `contexts`."""
    name = written(key)
    other = keymap.bind(keymap.find(key.swapcase(), *contexts)) if len(key) == 1 else None
    if other is not None and key.swapcase() != key:
        return (
            f"{name} means nothing here; {other.keys[0]} is: {other.tooltip.removesuffix(' …')} (Caps Lock?)"
        )
    meant = arrives_as(key)
    return f"{name} means nothing here" + (f", {meant}" if meant else "; {help} lists the keys")
