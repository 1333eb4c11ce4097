"""What keys are called: by Textual, by people and in a keymap file; and which of them terminals deliver."""

import re

WRITTEN = {
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "slash": "/",
    "colon": ":",
    "semicolon": ";",
    "comma": ",",
    "full_stop": ".",
    "question_mark": "?",
    "exclamation_mark": "!",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "backslash": "\\",
    "vertical_line": "|",
    "tilde": "~",
    "circumflex_accent": "^",
    "apostrophe": "'",
    "quotation_mark": '"',
    "grave_accent": "`",
    "number_sign": "#",
    "dollar_sign": "$",
    "percent_sign": "%",
    "ampersand": "&",
    "asterisk": "*",
    "at": "@",
    "underscore": "_",
    "add": "KP+",
    "subtract": "KP-",
    "multiply": "KP*",
    "divide": "KP/",
    "decimal": "KP.",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "escape": "Esc",
    "delete": "Del",
    "insert": "Ins",
    "backspace": "Bksp",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
    "\ue053": "KP5",
    "inverted_exclamation_mark": "¡",
    "trade_mark_sign": "™",
    "pound_sign": "£",
    "cent_sign": "¢",
    "infinity": "∞",
    "section_sign": "§",
    "pilcrow_sign": "¶",
    "bullet": "•",
    "en_dash": "–",  # noqa: RUF001 - the very character that is meant
    "not_equal_to": "≠",
}
"""Textual's names of keys that people write otherwise; of kitty's keypad 5 without NumLock it knows none."""

_NAMED = {text: name for name, text in WRITTEN.items()}

ALTGR = frozenset("[]{}\\|~^'\"`@")
"""Characters that need AltGr or are dead keys on German, French or Spanish keyboards (ladder, section 4)."""

NAMED_KEYS = frozenset(
    {
        "enter",
        "escape",
        "tab",
        "shift+tab",
        "backspace",
        "delete",
        "insert",
        "home",
        "end",
        "pageup",
        "pagedown",
    }
    | {"up", "down", "left", "right", "space", "add", "subtract", "multiply", "divide", "decimal"}
)
"""Keys that are no character and that terminals deliver, F keys and modified ones aside."""

_MODIFIED = re.compile(
    r"(?:shift|ctrl)\+(?:up|down|left|right|pageup|pagedown|home|end|delete|f\d{1,2})", re.ASCII
)
_FUNCTION = re.compile(r"f(?:[1-9]|1\d|2[0-4])", re.ASCII)
_CTRL = re.compile(r"ctrl\+[a-z]", re.ASCII)

_MERGED = "which is what Esc and then {} arrive as"
_ALIASED = {
    "ctrl+left": _MERGED.format("a letter"),
    "ctrl+right": _MERGED.format("a letter"),
    "ctrl+h": "which is Backspace in many terminals",
    "ctrl+i": "which is Tab",
    "ctrl+j": "which is Enter in some terminals",
    "ctrl+m": "which is Enter",
    "ctrl+s": "which stops the output of a terminal",
    "ctrl+c": "which interrupts programs",
    "ctrl+z": "which suspends programs",
}
_AFTER_ESCAPE = {
    "inverted_exclamation_mark": "1",
    "trade_mark_sign": "2",
    "pound_sign": "3",
    "cent_sign": "4",
    "infinity": "5",
    "section_sign": "6",
    "pilcrow_sign": "7",
    "bullet": "8",
    "ª": "9",
    "º": "0",
    "en_dash": "-",
    "not_equal_to": "=",
}
"""What Textual makes of Esc and a character of the top row that arrive together, as on a Mac with Option.

tmux hands Esc over half a second late, with the key that came meanwhile. Some of these are keys of their
own on some keyboards."""
_MUSCLE_MEMORY = frozenset({"ctrl+a", "ctrl+b", "ctrl+c", "ctrl+q", "ctrl+s", "ctrl+z"})
"""Prefixes of multiplexers, flow control and the shell: never for orders (ladder, section 4)."""


def written(key: str) -> str:
    """Return how a key is written for people."""
    if key in WRITTEN:
        return WRITTEN[key]
    if len(key) == 1:
        return key
    if "+" in key:
        head, tail = key.rsplit("+", 1)
        return f"{head}+{written(tail) if len(tail) > 1 else tail}"
    return key.upper() if _FUNCTION.fullmatch(key) else key.capitalize()


def named(text: str) -> str:
    """Return Textual's name of a key as a keymap file may write it: `+`, `PgUp`, `F8`, `shift+Up`, `plus`."""
    if text in _NAMED:
        return _NAMED[text]
    if len(text) == 1:
        return text
    head, plus, tail = text.rpartition("+")
    lowered = {short.casefold(): name for short, name in _NAMED.items() if len(short) > 1}
    last = _NAMED.get(tail) or lowered.get(tail.casefold(), tail if len(tail) == 1 else tail.casefold())
    return f"{head.casefold()}+{last}" if plus and head else last


def is_character(key: str) -> bool:
    """Whether a key is a printed character, which another keyboard layout may not have."""
    text = WRITTEN.get(key, key)
    return len(key) == 1 or (len(text) == 1 and text.isascii())


def why_unknown(key: str) -> str:
    """Return why a key is no key that a terminal delivers, by its Textual name; empty when it is one."""
    known = (
        (len(key) == 1 and key.isprintable() and not key.isspace())
        or (key in WRITTEN and len(WRITTEN[key]) == 1)
        or key in NAMED_KEYS
        or any(form.fullmatch(key) for form in (_FUNCTION, _MODIFIED, _CTRL))
    )
    return "" if known else "which no terminal delivers under that name"


def arrives_as(key: str) -> str:
    """Return as what else a key arrives, as `which is Tab`; empty for one that stands for itself."""
    if key.startswith("alt+") and len(key) == len("alt+") + 1:
        return _MERGED.format(key[-1])
    return _ALIASED.get(key) or (_MERGED.format(_AFTER_ESCAPE[key]) if key in _AFTER_ESCAPE else "")


def why_undeliverable(key: str, *, trades: bool) -> str:
    """Return why a key cannot carry a binding; empty when it can.

    Args:
        key: Textual's name of it.
        trades: Whether the binding places, cancels or changes orders, for which fewer keys are good enough.
    """
    if "alt+" in key:
        return "which arrives as another key"
    if key in {"shift+enter", "ctrl+enter", "shift+space"}:
        return "which does not arrive at all"
    if _ALIASED.get(key):
        return _ALIASED[key]
    if trades and key in _MUSCLE_MEMORY:
        return "which fingers press for the shell or the multiplexer"
    if trades and key == "escape":
        return "which arrives half a second late, or merged with the next key"
    return why_unknown(key)
