"""What the roles of the quiet panes look like under a theme. A word or a sign carries the meaning first."""

from typing import Final

from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from omega_tui.ui.style.themes import role_colours

_LOOKS: Final = {
    "": "",
    "dim": "muted",
    "faint": "faint",
    "strong": "bold",
    "good": "bold good",
    "warn": "bold warn",
    "alarm": "bold reverse alarm",
    "loud": "bold alarm",
    "waiting": "bold pending",
    "armed": "bold reverse own",
    "paper": "bold on-bar on:paper-bar",
    "live": "bold on-bar on:live-bar",
    "replay": "bold reverse own",
    "chip": "bold own",
    "side.buy": "bold side-buy",
    "side.sell": "bold side-sell",
    "outcome.yes": "bold outcome-yes",
    "outcome.no": "bold outcome-no",
    "pnl.pos": "pnl-pos",
    "pnl.neg": "pnl-neg",
    "cursor": "bold own",
    "pending": "bold reverse pending",
    "question": "bold reverse warn",
    "key": "bold own",
    "title": "bold own",
    "selected": "bold",
    "rule": "faint",
    "plain": "",
    "title.name": "bold",
    "candle.up": "dir-up",
    "candle.down": "dir-down",
    "candle.flat": "",
    "chart.axis": "faint",
    "chart.level": "muted",
    "chart.level.line": "faint",
    "chart.word": "bold own",
}
"""Attributes and colour roles of each pane role; `on:` is the ground."""

_ATTRIBUTES: Final = frozenset({"bold", "reverse"})


_cache: dict[tuple[str, str, bool], dict[str, Style]] = {}
"""By theme, bar and whether there are colours: a handful, and none changes while the program runs."""


def pane_styles(theme: Theme, bar: str = "", *, is_plain: bool = False) -> dict[str, Style]:
    """Return the style of every role.

    Args:
        theme: In force.
        bar: Role of the ground of a coloured bar, on which only text in `on-bar` can be read; empty for none.
        is_plain: As in `role_colours`.
    """
    styles = _cache.get((theme.name, bar, is_plain))
    if styles is None:
        colours = role_colours(theme, is_plain=is_plain)
        styles = _cache[theme.name, bar, is_plain] = {
            role: _style(look, colours, bar, is_ansi=theme.ansi) for role, look in _LOOKS.items()
        }
    return styles


def _style(look: str, colours: dict[str, str], bar: str, *, is_ansi: bool) -> Style:
    parts = look.split()
    ground = next((colours[part[3:]] for part in parts if part.startswith("on:")), None)
    colour = next((colours[part] for part in parts if part in colours), None)
    if bar:
        colour, ground = colours["on-bar"], colours[bar]
    attributes = {part: True for part in parts if part in _ATTRIBUTES}
    if bar and "warn" in parts and "reverse" not in parts:
        # On a bar there is one colour for all text.
        attributes["underline"] = True
    is_second = is_ansi and not bar and bool({"muted", "faint"} & {*parts})
    return Style(
        color=None if colour is None else Color.parse(colour).rich_color,
        bgcolor=None if ground is None else Color.parse(ground).rich_color,
        bold=attributes.get("bold"),
        dim=is_second or None,
        reverse=attributes.get("reverse"),
        underline=attributes.get("underline"),
    )
