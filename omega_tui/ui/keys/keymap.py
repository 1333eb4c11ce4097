"""Which key means what: bindings looked up by context and key, and the rules that every keymap keeps.

The bindings themselves are in `keymap_table`, other sets of them in `keymap_presets`, a trader's own in
`keymap_file`. Nothing that trades is a Textual action: the keys of the order grammar go to `orders.entry`
alone, so that no action string, whoever wrote it, can place or cancel an order.
"""

import hashlib
import re
from collections.abc import Container, Iterable, Mapping
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from omega_tui.errors import ConfigError
from omega_tui.ui.keys.key_names import is_character, why_undeliverable, written


class Context(StrEnum):
    """Where a key means something.

    ANY is heard everywhere, first of all; SCREEN on every screen while no text is typed; TRADE on the trade
    screen; the OBJECT contexts after a verb; GRAB while an order hangs at the cursor; GO after `g`; LIST on
    the screens that scroll; LEARN beside it on the pages of the Learn screen, QUIZ while that asks; REPLAY on
    the trade screen of a replay, where nothing can be ordered.
    """

    ANY = "everywhere"
    SCREEN = "every screen"
    TRADE = "trade screen"
    OBJECT_ORDER = "after b or s"
    OBJECT_CANCEL = "after x"
    OBJECT_FLATTEN = "after f"
    OBJECT_ARM = "after A"
    OBJECT_ALIAS = "after the alias key"
    GRAB = "with an order grabbed"
    GO = "after g"
    LIST = "lists"
    LEARN = "learning"
    QUIZ = "a question"
    REPLAY = "replay"


class Group(StrEnum):
    """Sections of the help, in its order."""

    PANIC = "Risk off: always work"
    ORDER = "Orders: verb, then object"
    ONE_KEY = "Orders: one key, armed only"
    AMEND = "Working orders"
    ARM = "Arming"
    SIZE = "Size and flags"
    CURSOR = "Cursor and view"
    CHART = "Chart"
    GO = "Go to"
    MARKET = "Markets and commands"
    COMMAND = "Commands on keys"
    LIST = "Lists: markets, help, system"
    LEARN = "Learning"
    REPLAY = "Replay"


class Bind(Struct, frozen=True):
    """One binding.

    Attributes:
        id: Stable; a keymap file names it.
        keys: Names as Textual gives them; the first is the one that help shows. Empty: not on the keyboard.
        context: Where it is heard.
        group: Section of the help.
        tooltip: What it does, in a few words.
        footer: The shorter words of the footer; empty to leave it out there.
        needs_config: The flag of the configuration without which it is off; empty for always on.
        line: The command line that it runs, for bindings to commands; empty for all others.
    """

    id: str
    keys: tuple[str, ...]
    context: Context
    group: Group
    tooltip: str
    footer: str = ""
    needs_config: str = ""
    line: str = ""

    @property
    def trades(self) -> bool:
        """Whether the order grammar takes it: orders, and how the next one is sent."""
        return self.id.startswith(TRADING)


TRADING = (
    "order.",
    "quick.",
    "cancel.",
    "flatten.",
    "amend.",
    "grab.",
    "alias.",
    "command.",
    "confirm.",
    "arm.",
    "size.",
    "flag.",
    "panic.",
)
"""Beginnings of the ids of what the order grammar takes."""

_NAMED_BIND = re.compile(r"\{([a-z]+(?:\.[a-z_]+)?)\}", re.ASCII)

_SHARED = {
    Context.ANY: frozenset(Context),
    Context.SCREEN: frozenset({Context.TRADE, Context.REPLAY, Context.LIST}),
    Context.LIST: frozenset({Context.SCREEN}),
    Context.LEARN: frozenset({Context.SCREEN, Context.LIST}),
    Context.QUIZ: frozenset({Context.SCREEN}),
    Context.TRADE: frozenset({Context.SCREEN, Context.REPLAY}),
    Context.REPLAY: frozenset({Context.SCREEN, Context.TRADE}),
}
"""Contexts that are heard together, beside each context itself: a key may mean one thing among them."""

_VERB_OF = {
    Context.OBJECT_ORDER: ("order.buy", "order.sell"),
    Context.OBJECT_CANCEL: ("cancel.verb",),
    Context.OBJECT_FLATTEN: ("flatten.verb", "panic.flatten"),
    Context.OBJECT_ARM: ("arm.verb",),
    Context.OBJECT_ALIAS: ("alias.verb",),
}
"""The verbs whose own keys can be no object of theirs: auto-repeat would make an order of one key."""

_MUST_HAVE = ("panic.cancel_market", "panic.kill", "panic.flatten", "confirm.send", "arm.verb", "arm.confirm")
"""What no keymap may take off the keyboard."""
_NO_LETTER = ("panic.cancel_market", "panic.kill", "panic.flatten")
"""What must have a key that every keyboard layout delivers (ladder specification, section 4)."""


class Keymap:
    """The bindings in force, looked up by context and key.

    Attributes:
        binds: Every binding that is on, those without a key included.
        preset: Name of the set that it began as.
    """

    def __init__(
        self,
        binds: Iterable[Bind],
        *,
        enabled: frozenset[str] = frozenset(),
        preset: str = "verb",
        source: str = "keymap",
        chosen: Container[str] = (),
    ) -> None:
        """Index `binds`, leaving out those whose `needs_config` is not in `enabled`.

        Args:
            binds: Every binding there is.
            enabled: Flags of the configuration that are on.
            preset: What to call the set.
            source: Whom to blame in errors: the keymap file, where there is one.
            chosen: Ids of bindings that the trader put there, which are blamed before the others.

        Raises:
            ConfigError: Two bindings claim one key where both are heard, a key cannot be bound, a verb's key
                is its own object, or something that must be on the keyboard is not.
        """
        self.preset = preset
        self.binds = tuple(bind for bind in binds if not bind.needs_config or bind.needs_config in enabled)
        self._source = source
        self._chosen = chosen
        self._by_key: dict[tuple[Context, str], Bind] = {}
        self._by_id = {bind.id: bind for bind in self.binds}
        for bind in self.binds:
            for key in bind.keys:
                self._claim(bind, key)
        self._check_doubles()
        self._check_presence()

    def _claim(self, bind: Bind, key: str) -> None:
        why = why_undeliverable(key, trades=bind.trades)
        if why:
            raise self._error(
                bind.id, f"{written(key)}, {why}", "keys that terminals deliver apart from others"
            )
        heard = {bind.context, *_SHARED.get(bind.context, ())}
        heard |= {context for context, shared in _SHARED.items() if bind.context in shared}
        for context in heard:
            other = self._by_key.get((context, key))
            if other is not None and not _is_shadow(bind, other):
                if other.id in self._chosen and bind.id not in self._chosen:
                    bind, other = other, bind
                found = f"{written(key)}, which is {other.id} ({other.context}) already"
                raise self._error(
                    bind.id, found, f"a key that means nothing else there, or another key for {other.id} too"
                )
        self._by_key[bind.context, key] = bind

    def _check_doubles(self) -> None:
        for bind in self.binds:
            for verb_id in _VERB_OF.get(bind.context, ()):
                verb = self._by_id.get(verb_id)
                double = next((key for key in bind.keys if verb is not None and key in verb.keys), None)
                if double is not None:
                    found = f"{written(double)}, which is {verb_id} too: holding it down would be an order"
                    raise self._error(bind.id, found, "another key than that of its verb")

    def _check_presence(self) -> None:
        for bind_id in _MUST_HAVE:
            bind = self._by_id.get(bind_id)
            if bind is not None and not bind.keys:
                raise self._error(bind_id, "no key", "at least one key: this must always be in reach")
        for bind_id in _NO_LETTER:
            bind = self._by_id.get(bind_id)
            if bind is not None and all(is_character(key) for key in bind.keys):
                found = " ".join(written(key) for key in bind.keys)
                raise self._error(
                    bind_id, found, "a key that is no character, as F8: on another layout no letter arrives"
                )

    def _error(self, bind_id: str, found: str, allowed: str) -> ConfigError:
        return ConfigError(source=self._source, key=bind_id, found=found, allowed=allowed)

    def find(self, key: str, *contexts: Context) -> str:
        """Return the id of what `key` means in the first of `contexts` that knows it; empty for nothing."""
        for context in contexts:
            bind = self._by_key.get((context, key))
            if bind is not None:
                return bind.id
        return ""

    def bind(self, bind_id: str) -> Bind | None:
        """Return a binding by its id; None where it is off."""
        return self._by_id.get(bind_id)

    def key_of(self, bind_id: str) -> str:
        """Return the first key of a binding as it is written for people; empty where it has none."""
        bind = self._by_id.get(bind_id)
        return written(bind.keys[0]) if bind is not None and bind.keys else ""

    def said(self, text: str) -> str:
        """Return a sentence with the key of each binding in the place of its id, as `{arm.verb}`.

        Of two keys in a row, as `{go.verb}{go.quiz}`, the second stands apart where the first is a word.
        """

        def key(match: re.Match[str]) -> str:
            name = self.key_of(match[1]) or match[1]
            is_followed = text.startswith("{", match.end())
            return f"{name} " if is_followed and len(name) > 1 else name

        return _NAMED_BIND.sub(key, text)

    def in_context(self, context: Context) -> tuple[Bind, ...]:
        """Return the bindings of one context that have a key, in the order of the table."""
        return tuple(bind for bind in self.binds if bind.context is context and bind.keys)

    def rebound(
        self,
        keys: Mapping[str, tuple[str, ...]],
        *,
        more: Iterable[Bind] = (),
        preset: str = "",
        source: str = "",
    ) -> "Keymap":
        """Return the keymap with other keys for some ids, and with further bindings.

        Raises:
            ConfigError: An id is unknown, or the result breaks a rule of keymaps.
        """
        source = source or self._source
        known = {bind.id for bind in self.binds}
        for bind_id in keys:
            if bind_id not in known:
                allowed = ", ".join(sorted(known))
                raise ConfigError(source=source, key=bind_id, found="an unknown binding", allowed=allowed)
        changed = (
            replace(bind, keys=keys.get(bind.id, bind.keys), needs_config="") for bind in (*self.binds, *more)
        )
        return Keymap(changed, preset=preset or self.preset, source=source, chosen=keys)

    @property
    def fingerprint(self) -> str:
        """A digest of every binding with its keys: another one means that fingers have to learn again."""
        rows = sorted(
            f"{bind.context.name} {bind.id} {' '.join(bind.keys)} {bind.line}" for bind in self.binds
        )
        return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def _is_shadow(one: Bind, other: Bind) -> bool:
    """Whether a key of a replay hides one that trades, which in a replay means nothing anyway."""
    replays = {bind.context is Context.REPLAY for bind in (one, other)}
    trade = one if one.context is Context.TRADE else other
    return replays == {True, False} and trade.context is Context.TRADE and trade.trades
