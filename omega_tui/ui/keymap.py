"""Every key of the console in one table: id, keys, what it does. Help and the footer are made from it.

Nothing that trades is a Textual action: the keys of the order grammar go to `order_entry` alone, so that no
action string, whoever wrote it, can place or cancel an order.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from omega_tui.errors import ConfigError


class Context(StrEnum):
    """Where a key means something.

    ANY is heard everywhere, first of all; SCREEN on every screen while no text is typed; TRADE on the trade
    screen; the OBJECT contexts after a verb; GO after `g`; LIST on the screens that scroll; REPLAY on the
    trade screen of a replay, where nothing can be ordered.
    """

    ANY = "everywhere"
    SCREEN = "every screen"
    TRADE = "trade screen"
    OBJECT_ORDER = "after b or s"
    OBJECT_CANCEL = "after x"
    OBJECT_FLATTEN = "after f"
    OBJECT_ARM = "after A"
    GO = "after g"
    LIST = "lists"
    REPLAY = "replay"


class Group(StrEnum):
    """Sections of the help, in its order."""

    PANIC = "Risk off: always work"
    ORDER = "Orders: verb, then object"
    ARM = "Arming"
    SIZE = "Size and flags"
    CURSOR = "Cursor and view"
    GO = "Go to"
    MARKET = "Markets and commands"
    LIST = "Lists: markets, help, system"
    REPLAY = "Replay"


class Bind(Struct, frozen=True):
    """One binding.

    Attributes:
        id: Stable; a keymap file names it.
        keys: Names as Textual gives them; the first is the one that help shows.
        context: Where it is heard.
        group: Section of the help.
        tooltip: What it does, in a few words.
        footer: The shorter words of the footer; empty to leave it out there.
        needs_config: The flag of the configuration without which it is off; empty for always on.
    """

    id: str
    keys: tuple[str, ...]
    context: Context
    group: Group
    tooltip: str
    footer: str = ""
    needs_config: str = ""


def _bind(  # noqa: PLR0913, PLR0917 - the columns of the table below
    bind_id: str, keys: str, context: Context, group: Group, tooltip: str, footer: str = "", needs: str = ""
) -> Bind:
    return Bind(bind_id, tuple(keys.split()), context, group, tooltip, footer, needs)


_A, _S, _T, _R = Context.ANY, Context.SCREEN, Context.TRADE, Context.REPLAY
_L = Context.LIST
_OO, _OC, _OF, _OA = (
    Context.OBJECT_ORDER,
    Context.OBJECT_CANCEL,
    Context.OBJECT_FLATTEN,
    Context.OBJECT_ARM,
)

TABLE: tuple[Bind, ...] = (
    _bind("panic.cancel_market", "f8", _A, Group.PANIC, "cancel all in this market, at once", "cxl mkt"),
    _bind("panic.kill", "f9", _A, Group.PANIC, "KILL: disarm, cancel all everywhere, until :unkill", "KILL"),
    _bind("panic.flatten", "f7", _A, Group.PANIC, "flatten this market: shows the price, Enter sends"),
    _bind("order.buy", "b", _T, Group.ORDER, "BUY …", "b/s order"),
    _bind("order.sell", "s", _T, Group.ORDER, "SELL …"),
    _bind("order.cursor", "c", _OO, Group.ORDER, "… at the cursor's price"),
    _bind("order.join", "j", _OO, Group.ORDER, "… join: buy at the bid, sell at the ask"),
    _bind("order.improve", "i", _OO, Group.ORDER, "… improve the touch by one tick"),
    _bind("order.cross", "x", _OO, Group.ORDER, "… cross: limit at the far touch + cap, IOC; Enter sends"),
    _bind("order.market", "m", _OO, Group.ORDER, "… market, with a worst price; Enter sends", "", "market"),
    _bind("cancel.verb", "x", _T, Group.ORDER, "CANCEL …", "cancel"),
    _bind("cancel.cursor", "c", _OC, Group.ORDER, "… at the cursor's price"),
    _bind("cancel.buys", "b", _OC, Group.ORDER, "… all buys here"),
    _bind("cancel.sells", "s", _OC, Group.ORDER, "… all sells here"),
    _bind("cancel.market", "m", _OC, Group.ORDER, "… all in this market"),
    _bind("cancel.all", "a", _OC, Group.ORDER, "… all, everywhere"),
    _bind("cancel.last", "l", _OC, Group.ORDER, "… the last order sent (undo)"),
    _bind("cancel.here", "delete backspace", _T, Group.ORDER, "cancel at the cursor's price"),
    _bind("flatten.verb", "f", _T, Group.ORDER, "FLATTEN …", "flat"),
    _bind("flatten.all", "enter", _OF, Group.ORDER, "… the whole position"),
    _bind("flatten.quarter", "1", _OF, Group.ORDER, "… 25 % of it"),
    _bind("flatten.half", "2", _OF, Group.ORDER, "… 50 % of it"),
    _bind("flatten.most", "3", _OF, Group.ORDER, "… 75 % of it"),
    _bind("confirm.send", "enter", _T, Group.ORDER, "send what the strip asks about"),
    _bind("entry.drop", "escape", _T, Group.ORDER, "drop the verb or the question"),
    _bind("arm.verb", "A", _T, Group.ARM, "ARM …; when armed: disarm at once", "arm"),
    _bind("arm.confirm", "enter", _OA, Group.ARM, "… let orders through"),
    _bind("size.preset", "1 2 3 4 5 6 7 8 9", _T, Group.SIZE, "size preset"),
    _bind("size.position", "0", _T, Group.SIZE, "size = the position (to close it)"),
    _bind("size.up", "plus equals_sign add", _T, Group.SIZE, "size up a step"),
    _bind("size.down", "minus subtract", _T, Group.SIZE, "size down a step"),
    _bind("size.exact", "v", _T, Group.SIZE, "type an exact size: 1500, 1.5k, 50%, 100$"),
    _bind("flag.post_only", "p", _T, Group.SIZE, "post-only on or off"),
    _bind("flag.tif", "y", _T, Group.SIZE, "time in force: GTC, IOC, FOK"),
    _bind("cursor.down", "j down", _T, Group.CURSOR, "cursor one price down"),
    _bind("cursor.up", "k up", _T, Group.CURSOR, "cursor one price up"),
    _bind("cursor.page_down", "J pagedown", _T, Group.CURSOR, "cursor ten prices down"),
    _bind("cursor.page_up", "K pageup", _T, Group.CURSOR, "cursor ten prices up"),
    _bind("cursor.ask", "home", _T, Group.CURSOR, "cursor to the best ask"),
    _bind("cursor.bid", "end", _T, Group.CURSOR, "cursor to the best bid"),
    _bind("view.market", "c", _T, Group.CURSOR, "centre the view on the market", "centre"),
    _bind("view.cursor", "C", _T, Group.CURSOR, "centre the view on the cursor"),
    _bind("view.coarser", "Z", _T, Group.CURSOR, "more ticks to a row"),
    _bind("view.finer", "z", _T, Group.CURSOR, "fewer ticks to a row"),
    _bind("market.framing", "tab", _T, Group.CURSOR, "flip YES and NO"),
    _bind("pane.next", "shift+tab", _T, Group.CURSOR, "next pane of the side column"),
    _bind("go.verb", "g", _S, Group.GO, "GO TO …", "go"),
    _bind("go.trade", "1 l", Context.GO, Group.GO, "… the ladder"),
    _bind("go.markets", "4 w", Context.GO, Group.GO, "… the markets"),
    _bind("go.system", "6", Context.GO, Group.GO, "… the system: feeds, services, log"),
    _bind("go.orders", "o", Context.GO, Group.GO, "… my next order: cursor on it"),
    _bind("go.positions", "p", Context.GO, Group.GO, "… positions"),
    _bind("go.tape", "t", Context.GO, Group.GO, "… the tape"),
    _bind("go.volume", "v", Context.GO, Group.GO, "… nowhere: counts the volume at price afresh"),
    _bind("market.next", "n", _T, Group.MARKET, "next market"),
    _bind("market.previous", "N", _T, Group.MARKET, "previous market"),
    _bind("find", "slash", _S, Group.MARKET, "find a market", "find"),
    _bind("command", "colon", _S, Group.MARKET, "command line", "cmd"),
    _bind("palette", "ctrl+p", _S, Group.MARKET, "command palette"),
    _bind("help", "question_mark f2 f1", _S, Group.MARKET, "this help", "help"),
    _bind("quit", "ctrl+q", _A, Group.MARKET, "quit; asks while orders are working"),
    _bind("hint.quit", "q", _S, Group.MARKET, "nothing, on purpose: :q quits"),
    _bind("list.up", "k up", _L, Group.LIST, "one line up"),
    _bind("list.down", "j down", _L, Group.LIST, "one line down", "move"),
    _bind("list.page_up", "K pageup", _L, Group.LIST, "a page up"),
    _bind("list.page_down", "J pagedown", _L, Group.LIST, "a page down"),
    _bind("list.first", "home", _L, Group.LIST, "to the first"),
    _bind("list.last", "end", _L, Group.LIST, "to the last"),
    _bind("list.choose", "enter", _L, Group.LIST, "show it on the ladder", "choose"),
    _bind("list.leave", "escape", _L, Group.LIST, "back to the ladder", "back"),
    _bind("replay.pause", "space", _R, Group.REPLAY, "pause or go on", "pause"),
    _bind("replay.step", "full_stop", _R, Group.REPLAY, "one frame, then pause", "step"),
    _bind("replay.faster", "greater_than_sign", _R, Group.REPLAY, "twice as fast", "speed"),
    _bind("replay.slower", "less_than_sign", _R, Group.REPLAY, "half as fast"),
    _bind("replay.forward", "right", _R, Group.REPLAY, "10 s forward", "seek"),
    _bind("replay.back", "left", _R, Group.REPLAY, "10 s back"),
    _bind("replay.forward_more", "shift+right", _R, Group.REPLAY, "60 s forward"),
    _bind("replay.back_more", "shift+left", _R, Group.REPLAY, "60 s back"),
)

_SHARED = {
    Context.ANY: frozenset(Context),
    Context.SCREEN: frozenset({Context.TRADE, Context.REPLAY, Context.LIST}),
    Context.LIST: frozenset({Context.SCREEN}),
    Context.TRADE: frozenset({Context.SCREEN, Context.REPLAY}),
    Context.REPLAY: frozenset({Context.SCREEN, Context.TRADE}),
}
"""Contexts that are heard together, beside each context itself: a key may mean one thing among them."""

FORBIDDEN_KEYS = frozenset({"ctrl+left", "ctrl+right", "ctrl+j", "ctrl+m", "ctrl+i", "ctrl+h", "ctrl+s"})
"""What a terminal makes of other keys: Esc then `b` arrives as ctrl+left (ladder specification, 4)."""

NAMES = {
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "slash": "/",
    "colon": ":",
    "question_mark": "?",
    "full_stop": ".",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "escape": "Esc",
    "delete": "Del",
    "backspace": "Bksp",
    "left": "←",
    "right": "→",
    "up": "↑",
    "down": "↓",
}


class Keymap:
    """The bindings in force, looked up by context and key."""

    def __init__(self, binds: Iterable[Bind] = TABLE, *, enabled: frozenset[str] = frozenset()) -> None:
        """Index `binds`, leaving out those whose `needs_config` is not in `enabled`.

        Raises:
            ConfigError: Two bindings claim one key where both are heard, or a key can not be bound.
        """
        self.binds = tuple(bind for bind in binds if not bind.needs_config or bind.needs_config in enabled)
        self._by_key: dict[tuple[Context, str], Bind] = {}
        for bind in self.binds:
            for key in bind.keys:
                self._claim(bind, key)

    def _claim(self, bind: Bind, key: str) -> None:
        if key in FORBIDDEN_KEYS or key.startswith("alt+"):
            raise ConfigError(
                source="keymap",
                key=bind.id,
                found=key,
                allowed="keys that terminals deliver apart from others",
            )
        heard = {bind.context, *_SHARED.get(bind.context, ())}
        heard |= {context for context, shared in _SHARED.items() if bind.context in shared}
        for context in heard:
            other = self._by_key.get((context, key))
            if other is not None:
                raise ConfigError(
                    source="keymap",
                    key=bind.id,
                    found=f"{key}, which is {other.id} ({other.context}) already",
                    allowed="one meaning per key",
                )
        self._by_key[bind.context, key] = bind

    def find(self, key: str, *contexts: Context) -> str:
        """Return the id of what `key` means in the first of `contexts` that knows it; empty for nothing."""
        for context in contexts:
            bind = self._by_key.get((context, key))
            if bind is not None:
                return bind.id
        return ""

    def rebound(self, keys: Mapping[str, str]) -> "Keymap":
        """Return the keymap with other keys for some ids, as a keymap file gives them.

        Raises:
            ConfigError: An id is unknown, or the result has a conflict.
        """
        known = {bind.id for bind in self.binds}
        for bind_id in keys:
            if bind_id not in known:
                raise ConfigError(
                    source="keymap", key=bind_id, found="an unknown binding", allowed=", ".join(sorted(known))
                )
        return Keymap(
            tuple(
                replace(bind, keys=tuple(keys[bind.id].split()), needs_config="")
                if bind.id in keys
                else replace(bind, needs_config="")
                for bind in self.binds
            )
        )


def key_name(key: str) -> str:
    """Return how a key is written for people."""
    if key in NAMES:
        return NAMES[key]
    if len(key) == 1:
        return key
    if "+" in key:
        head, tail = key.rsplit("+", 1)
        return f"{head}+{NAMES.get(tail, tail)}"
    return key.upper() if key[0] == "f" and key[1:].isdigit() else key.capitalize()
