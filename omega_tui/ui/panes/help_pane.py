"""The help and the footer, made from the table of keys, so that no binding can be missing. Pure."""

from collections.abc import Sequence
from itertools import zip_longest

from omega_tui.text import cell_width
from omega_tui.ui.keys.key_names import written
from omega_tui.ui.keys.keymap import Bind, Context, Group, Keymap
from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.panes.pane_lines import wrapped
from omega_tui.ui.panes.status_line import Line, padded
from omega_tui.ui.text.formats import left


def footer_line(
    keymap: Keymap,
    contexts: Sequence[Context],
    width: int,
    hidden: frozenset[str] = frozenset(),
    end: str = "",
) -> Line:
    """Return the keys that matter most, as many as fit, and at the end which layout is shown if that fits."""
    line: list[Piece] = []
    shown = [
        bind
        for bind in keymap.binds
        if bind.footer and bind.keys and bind.context in contexts and bind.id not in hidden
    ]
    for bind in sorted(shown, key=_footer_rank):
        piece = [Piece(f" {footer_key(bind, keymap)}", "key"), Piece(f" {bind.footer} ", "dim")]
        if sum(cell_width(one.text) for one in (*line, *piece)) > width:
            break
        line += piece
    gap = width - sum(cell_width(one.text) for one in line) - cell_width(end) - 1
    if end and gap > 0:
        line += [Piece(" " * gap, ""), Piece(end, "dim")]
    return padded(line, width)


def footer_key(bind: Bind, keymap: Keymap) -> str:
    """Return how the footer writes the key of a binding; buying and selling are one there."""
    key = written(bind.keys[0])
    return f"{key}/{keymap.key_of('order.sell')}" if bind.id == "order.buy" else key


_FOOTER_ORDER = (
    "replay.pause",
    "replay.step",
    "replay.faster",
    "replay.forward",
    "list.down",
    "list.choose",
    "list.leave",
    "order.buy",
    "cancel.verb",
    "flatten.verb",
    "arm.verb",
    "panic.cancel_market",
    "panic.kill",
    "find",
    "command",
    "help",
    "go.verb",
    "view.market",
)
"""What leaves the footer last, first."""


def _footer_rank(bind: Bind) -> int:
    return _FOOTER_ORDER.index(bind.id)


def what_orders(keymap: Keymap) -> str:
    """Return which keys order in a keymap, with ids in the place of the keys; it fits into 80 columns."""
    flatten = "flatten.verb" if keymap.key_of("flatten.verb") else "panic.flatten"
    rest = f"; {{cancel.verb}} cancels, {{{flatten}}} flattens"
    if keymap.key_of("quick.buy_join"):
        pairs = (
            f"{{quick.buy_{name}}} {{quick.sell_{name}}} {name}" for name in ("join", "improve", "cross")
        )
        return f"{', '.join(pairs)}: one key each{rest}"
    between = " or " if len(keymap.key_of("order.buy")) == 1 else "/"
    verbs = f"{{order.buy}}{between}{{order.sell}}"
    objects = "{order.cursor} cursor, {order.join} join, {order.improve} improve, {order.cross} cross"
    return f"{verbs}, then {objects}{rest}"


def help_rows(keymap: Keymap, width: int, *, is_replay: bool) -> tuple[Line, ...]:
    """Return every binding, by group, in as many columns as fit; no binding is left out."""
    columns = 3 if width >= 165 else 2 if width >= 100 else 1
    each = width // columns
    blocks = [_help_block(keymap, group, each, is_replay=is_replay) for group in Group]
    total = sum(len(block) for block in blocks)
    stacks: list[list[Line]] = [[]]
    for block in blocks:
        if len(stacks) < columns and len(stacks[-1]) + len(block) / 2 > total / columns:
            stacks.append([])
        stacks[-1] += block
    height = max(len(stack) for stack in stacks)
    blank = padded([], each)
    return tuple(
        padded(
            [piece for stack in stacks for piece in (stack[row] if row < len(stack) else blank)],
            width,
        )
        for row in range(height)
    )


def _help_block(keymap: Keymap, group: Group, width: int, *, is_replay: bool) -> list[Line]:
    binds = [bind for bind in keymap.binds if bind.group is group and bind.keys]
    if not binds:
        return []
    title = group.value + (" (only in a replay)" if group is Group.REPLAY and not is_replay else "")
    lines = [padded([Piece(f" {title}", "title")], width)]
    verb, panic = keymap.bind("flatten.verb"), keymap.bind("panic.flatten")
    for bind in binds:
        if bind.id == "flatten.all" and verb is not None and panic is not None and not verb.keys:
            # Its objects follow: without a verb above them they would pass for those of another one.
            lines += _help_lines(panic.keys, verb.tooltip, width)
        lines += _help_lines(bind.keys, bind.tooltip, width)
    return [*lines, padded([], width)]


def _help_lines(keys: Sequence[str], words: str, width: int) -> list[Line]:
    shown = "1-9" if len(keys) == 9 else " ".join(written(key) for key in keys)
    columns = zip_longest(wrapped(shown, 12), wrapped(words, width - 15), fillvalue="")
    return [
        padded([Piece(left(f" {key}", 13), "key"), Piece(f" {text}", "")], width) for key, text in columns
    ]
