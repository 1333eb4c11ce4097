"""One style for each role on each layer, each computed once per theme.

Every meaning that colour carries is carried by an attribute too (bold, reverse, underline, strike), so that a
terminal without colour says the same.
"""

from typing import Final, NamedTuple

from rich.style import Style
from textual.color import Color
from textual.theme import Theme

from omega_tui.ui.style.themes import ink_on, readable_on, role_colours


class _Look(NamedTuple):
    """A role's figure: colour by name, and attributes."""

    colour: str
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False


_LOOKS: Final = {
    "plain": _Look("foreground"),
    "dim": _Look("muted"),
    "size": _Look("foreground"),
    "mark": _Look("own", bold=True),
    "price": _Look("foreground"),
    "price.prefix": _Look("faint"),
    "price.spread": _Look("faint"),
    "price.last": _Look("foreground", bold=True),
    "price.last.up": _Look("dir-up", bold=True),
    "price.last.down": _Look("dir-down", bold=True),
    "price.cursor": _Look("foreground", bold=True, reverse=True),
    "slot": _Look("faint"),
    "slot.level": _Look("muted"),
    "slot.own": _Look("own", bold=True),
    "hatch": _Look("stale"),
    "delta.pos": _Look("muted"),
    "delta.neg": _Look("muted"),
    "own.buy": _Look("side-buy", bold=True),
    "own.sell": _Look("side-sell", bold=True),
    "own.mirrored.buy": _Look("side-buy", italic=True),
    "own.mirrored.sell": _Look("side-sell", italic=True),
    "own.intent": _Look("faint"),
    "own.sent": _Look("pending", underline=True),
    "own.late": _Look("pending", reverse=True),
    "own.amending": _Look("pending", bold=True),
    "own.held": _Look("warn", italic=True),
    "own.ahead": _Look("muted"),
    "own.canceling": _Look("pending", strike=True),
    "own.alarm": _Look("alarm", bold=True, reverse=True),
    "own.filled.buy": _Look("side-buy", bold=True, reverse=True),
    "own.filled.sell": _Look("side-sell", bold=True, reverse=True),
    "volume": _Look("volume"),
    "rail": _Look("faint"),
    "rail.axis": _Look("faint", dim=True),
    "rail.window": _Look("muted"),
    "rail.market": _Look("own", bold=True),
    "pointer": _Look("warn", bold=True),
    "title": _Look("muted"),
    "title.name": _Look("foreground", bold=True),
    "title.yes": _Look("outcome-yes", bold=True),
    "title.no": _Look("outcome-no", bold=True),
    "title.detail": _Look("muted"),
    "check.ok": _Look("muted"),
    "check.off": _Look("muted", italic=True),
    "check.bad": _Look("warn", bold=True),
    "chip.live": _Look("good", bold=True),
    "chip.quiet": _Look("muted", bold=True),
    "chip.lag": _Look("warn", bold=True, reverse=True),
    "chip.stale": _Look("stale", bold=True, reverse=True),
    "chip.resync": _Look("warn", bold=True, reverse=True),
    "chip.down": _Look("alarm", bold=True, reverse=True),
    "chip.tick": _Look("warn", bold=True, reverse=True),
    "chip.follow": _Look("warn", bold=True),
    "chip.armed": _Look("own", bold=True, reverse=True),
    "heading": _Look("faint"),
    "lock": _Look("warn", bold=True),
    "last.fades": _Look("faint"),
    "print.buy": _Look("side-buy"),
    "print.sell": _Look("side-sell"),
    "print.none": _Look("foreground"),
    "print.bar.buy": _Look("bar-buy"),
    "print.bar.sell": _Look("bar-sell"),
    "print.bar.none": _Look("volume"),
    "candle.up": _Look("dir-up"),
    "candle.down": _Look("dir-down"),
    "candle.flat": _Look("foreground"),
    "candle.part": _Look("faint", dim=True),
    "chart.axis": _Look("faint"),
    "chart.last.up": _Look("dir-up", bold=True),
    "chart.last.down": _Look("dir-down", bold=True),
    "chart.heat": _Look("volume"),
    "chart.level": _Look("muted"),
    "chart.level.line": _Look("faint", dim=True),
    "chart.alert": _Look("warn"),
    "chart.loud": _Look("alarm", bold=True),
    "chart.cross": _Look("muted"),
    "chart.pivot": _Look("own"),
    "chart.forming": _Look("faint", dim=True),
    "chart.pattern": _Look("foreground", italic=True),
    "chart.word": _Look("foreground", bold=True),
    "chart.line": _Look("foreground"),
    "pnl.pos": _Look("pnl-pos"),
    "pnl.neg": _Look("pnl-neg"),
    "chart.bid": _Look("side-buy"),
    "chart.ask": _Look("side-sell"),
}

_GROUNDS: Final = {
    "cursor": "cursor",
    "cursor.idle": "cursor-idle",
    "cursor.buy": "bar-buy",
    "cursor.sell": "bar-sell",
    "title": "surface",
    "title.focus": "panel",
}
"""Ground of a layer; of all the others the background."""

_SECOND_RANK: Final = frozenset({"muted", "faint", "stale"})
"""Dim where the terminal's own colours are used: there is no grey that all of them show."""

_BLOCKS: Final = frozenset({"volume", "bar-buy", "bar-sell"})
"""Colours that no text is written in."""

_KEEPS_COLOUR: Final = (
    "own.",
    "mark",
    "pointer",
    "chip.",
    "lock",
    "price.cursor",
    "volume",
    "rail",
    "print.bar",
)
"""Roles that stale prices do not dim: what is ours can still be canceled and must be found."""


class Styles:
    """The styles of one theme.

    Attributes:
        colours: Colour by name: Textual's own and the roles.
    """

    def __init__(self, theme: Theme, *, is_plain: bool = False, has_256: bool = False) -> None:
        """Take the colours of a theme.

        Args:
            theme: In force.
            is_plain: As in `role_colours`.
            has_256: As in `readable_on`.
        """
        base = theme.to_color_system().generate()
        self.colours = {name: base[name] for name in ("foreground", "background", "surface", "panel")}
        # A transparent ground of Textual's is black where a row is drawn by itself.
        self.colours = {
            name: "ansi_default" if colour == "transparent" else colour
            for name, colour in self.colours.items()
        }
        self.colours |= role_colours(theme, is_plain=is_plain)
        self._ansi = theme.ansi
        self._has_256 = has_256
        self._styles: dict[tuple[str, str], Style] = {}

    def style(self, role: str, layer: str = "") -> Style:
        """Return the style of a role on a layer; the same object each time.

        Raises:
            KeyError: There is no such role.
        """
        try:
            return self._styles[role, layer]
        except KeyError:
            style = self._styles[role, layer] = self._make(role, layer)
            return style

    def _make(self, role: str, layer: str) -> Style:
        stale = layer.startswith("stale")
        ground = _GROUNDS.get(layer.removeprefix("stale").removeprefix("."), "background")
        kind, _, word = role.partition(".")
        if kind == "bar":
            return self._style(_Look("foreground"), role.replace(".", "-"))
        if kind == "edge":
            # A bid's bar ends on its left: there the part of the cell that is free is what the block covers.
            bar = f"bar-{word}"
            if self._ansi and word == "buy":
                # The terminal's own ground is no colour that could be drawn with: the terminal swaps the two.
                return self._style(_Look(bar, reverse=True), ground, is_block=True)
            figure, under = (ground, bar) if word == "buy" else (bar, ground)
            return self._style(_Look(figure), under, is_block=True)
        look = _LOOKS[role]
        if stale and not role.startswith(_KEEPS_COLOUR):
            # Where the terminal's own colours are used, grey may be no darker than the rest.
            look = look._replace(colour="stale", bold=False, dim=self._ansi)
        return self._style(look, ground)

    def _style(self, look: _Look, ground: str, *, is_block: bool = False) -> Style:
        under, colour, dim = self.colours[ground], self.colours[look.colour], look.dim
        if self._ansi and not is_block:
            # Nobody knows what two of the terminal's colours look like on each other.
            ink = ink_on(under)
            colour = ink or colour
            dim = not ink and (dim or look.colour in _SECOND_RANK)
        elif ground != "background" and not is_block and look.colour not in _BLOCKS:
            colour = readable_on(under, colour, self.colours["foreground"], has_256=self._has_256)
        return Style(
            color=Color.parse(colour).rich_color,
            bgcolor=Color.parse(under).rich_color,
            bold=look.bold or None,
            dim=dim or None,
            italic=look.italic or None,
            underline=look.underline or None,
            reverse=look.reverse or None,
            strike=look.strike or None,
        )
