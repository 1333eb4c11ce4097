"""The keymaps that are shipped: `verb`, and four that put some of its bindings on other keys. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from omega_tui.config.screen import UiConfig
from omega_tui.errors import ConfigError
from omega_tui.ui.keys.keymap import Bind, Context, Group, Keymap
from omega_tui.ui.keys.keymap_table import TABLE


class Preset(Struct, frozen=True):
    """A shipped keymap.

    Attributes:
        name: What the configuration calls it.
        summary: For whom it is, in a few words.
        keys: Keys by binding id, separated by spaces, where they differ from `verb`; empty takes a key away.
        more: Bindings that it has beside those of the table.
        needs_confirm_none: Whether it makes sense only where taking orders are not asked about.
    """

    name: str
    summary: str
    keys: Mapping[str, str]
    more: tuple[Bind, ...] = ()
    needs_confirm_none: bool = False


_ONEKEY = {
    "quick.buy_join": "w",
    "quick.buy_improve": "e",
    "quick.buy_cross": "r",
    "quick.sell_join": "o",
    "quick.sell_improve": "i",
    "quick.sell_cross": "u",
    "amend.up": "shift+up",
    "amend.down": "shift+down",
    "flag.reduce_only": "R",
    "flag.bracket": "O",
}

_NUMPAD = {
    "size.preset": "",
    "quick.buy_join": "7",
    "quick.sell_join": "9",
    "quick.buy_improve": "4",
    "quick.sell_improve": "6",
    "quick.buy_cross": "1",
    "quick.sell_cross": "3",
    "cursor.up": "k up 8",
    "cursor.down": "j down 2",
    "view.market": "c 5",
    "size.position": "",
    "cancel.here": "delete backspace 0",
    "cancel.market_now": "full_stop decimal",
}

_ARROWS = {
    "order.buy": "f3",
    "order.sell": "f4",
    "order.cursor": "enter",
    "order.join": "left",
    "order.improve": "up",
    "order.cross": "right",
    "order.market": "home",
    "order.stop": "pageup",
    "order.stop_limit": "pagedown",
    "cancel.verb": "f5",
    "cancel.cursor": "enter",
    "cancel.buys": "down",
    "cancel.sells": "up",
    "cancel.market": "left",
    "cancel.all": "right",
    "cancel.last": "backspace",
    "cancel.protective": "end",
    "flatten.verb": "",
    "flatten.reverse": "home",
    "flatten.break_even": "end",
    "amend.up": "shift+up",
    "amend.down": "shift+down",
    "amend.up_ten": "ctrl+up",
    "amend.down_ten": "ctrl+down",
    "arm.verb": "f10",
    "size.exact": "f12",
    "flag.post_only": "shift+f7 shift+f3 f15",
    "flag.reduce_only": "shift+f4 f16",
    "flag.tif": "shift+f5 f17",
    "flag.bracket": "shift+f6 f18",
    "cursor.down": "down",
    "cursor.up": "up",
    "cursor.page_down": "pagedown",
    "cursor.page_up": "pageup",
    "view.market": "insert",
    "view.cursor": "shift+home",
    "view.coarser": "shift+pagedown",
    "view.finer": "shift+pageup",
    "go.verb": "shift+f8 f20",
    "go.trade": "home",
    "go.markets": "up",
    "go.system": "down",
    "go.orders": "left",
    "go.positions": "right",
    "go.tape": "end",
    "go.chart": "insert",
    "go.lesson": "pageup",
    "go.quiz": "pagedown",
    "go.volume": "delete",
    "market.next": "shift+right",
    "market.previous": "shift+left",
    "find": "slash shift+f9 f21",
    "command": "colon shift+f2 f14",
    "hint.quit": "",
    "help": "f2 f1 question_mark",
    "list.up": "up",
    "list.down": "down",
    "list.page_up": "pageup",
    "list.page_down": "pagedown",
    "chart.longer": "right_parenthesis ctrl+pageup",
    "chart.shorter": "left_parenthesis ctrl+pagedown",
    "replay.forward_more": "ctrl+up",
    "replay.back_more": "ctrl+down",
}

_ALIASES = (
    ("alias.buy_ask", "b", "buy $size @ $ask", "buy at the ask"),
    ("alias.buy_bid", "B", "buy $size @ $bid", "buy at the bid"),
    ("alias.sell_bid", "s", "sell $size @ $bid", "sell at the bid"),
    ("alias.sell_ask", "S", "sell $size @ $ask", "sell at the ask"),
    ("alias.cancel", "c", "cancel market", "cancel all here"),
    ("alias.cancel_all", "C", "cancel all", "cancel all everywhere"),
    ("alias.half", "h", "close 50%", "close half"),
    ("alias.close", "z", "close 100%", "close all of it"),
)

_ALIAS_VERB = Bind(
    "alias.verb", ("comma",), Context.TRADE, Group.COMMAND, "in place of Alt: a hotkey as in DAS Trader …"
)

PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            Preset("verb", "verb and object: two different keys make an order", {}),
            Preset(
                "onekey",
                "scalping: w e r buy, o i u sell at one key, while armed",
                _ONEKEY,
                needs_confirm_none=True,
            ),
            Preset("numpad", "orders on the digits: 7 9 join, 4 6 improve, 1 3 cross, 0 cancels", _NUMPAD),
            Preset("arrows", "no letters: F keys and arrows, for any keyboard layout", _ARROWS),
            Preset(
                "das",
                "verb, and hotkeys after a comma in place of Alt",
                {},
                (
                    _ALIAS_VERB,
                    *(
                        Bind(bind_id, (key,), Context.OBJECT_ALIAS, Group.COMMAND, f"… {words}", line=line)
                        for bind_id, key, line, words in _ALIASES
                    ),
                ),
            ),
        )
    }
)


def check_confirm(keymap: Keymap, ui: UiConfig) -> None:
    """Refuse a keymap of one-key orders that would stop at questions.

    Raises:
        ConfigError: It begins as such a keymap, and questions are not switched off.
    """
    if PRESETS[keymap.preset].needs_confirm_none and ui.confirm != "none":
        raise ConfigError(
            source="configuration",
            key="ui.keymap",
            found=f'{keymap.preset}, with ui.confirm = "{ui.confirm}"',
            allowed=f'{keymap.preset} with ui.confirm = "none", or another keymap',
        )


def shipped(name: str, *, market_orders: bool = False) -> Keymap:
    """Return a shipped keymap.

    Args:
        name: One of `PRESETS`.
        market_orders: Whether the key for market orders is on.
    """
    preset = PRESETS[name]
    table = Keymap(TABLE, enabled=frozenset({"market"} if market_orders else ()))
    known = {bind.id for bind in table.binds}
    keys = {bind_id: tuple(text.split()) for bind_id, text in preset.keys.items() if bind_id in known}
    return table.rebound(keys, more=preset.more, preset=name)
