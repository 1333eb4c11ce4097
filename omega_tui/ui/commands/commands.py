"""The `:` command line: what may be typed, how it is completed, what it means. Pure.

Nothing here trades: a line becomes a `Call`, and the app hands those that trade to the same grammar that the
keys go through.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from omega_tui.ui.chart.look import choices
from omega_tui.ui.late import phrase_grammar


class Choices(Struct, frozen=True):
    """What arguments can be completed from, as of now.

    Attributes:
        themes: Names of themes, and `dir` with what a rising price may look like.
        markets: Names of known markets with their outcome, as the list of markets shows them.
        services: Names of services.
        programs: Names of the order programs that are not over.
        user: Names of the trader's own commands.
        venues: Names of the venues of this console.
        layouts: Names of the saved layouts.
    """

    themes: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    venues: tuple[str, ...] = ()
    layouts: tuple[str, ...] = ()


class Call(Struct, frozen=True):
    """A command with its argument, both as they are to be used.

    Attributes:
        name: One of `COMMANDS`.
        argument: Empty where the command takes none.
    """

    name: str
    argument: str = ""


class Spec(Struct, frozen=True):
    """One command.

    Attributes:
        name: What is typed.
        summary: What it does, in a few words.
        argument: What it takes, in words; empty for nothing.
        optional: Whether the argument may be left out.
        words: The words it takes, where there are only a few.
        source: Which of `Choices` completes it.
        replay: Whether it means something in a replay alone.
    """

    name: str
    summary: str
    argument: str = ""
    optional: bool = False
    words: tuple[str, ...] = field(default=())
    source: str = ""
    replay: bool = False


CANCEL_WORDS = ("here", "buys", "sells", "market", "all", "last")
SCREEN_WORDS = ("trade", "portfolio", "markets", "learn", "system", "help")
LADDER_WORDS = ("add", "close", "next", "previous")
PANE_WORDS = ("tape", "chart", "orders", "positions", "log")

COMMANDS: tuple[Spec, ...] = (
    Spec(
        "alert",
        "tell once when a price is reached, never an order; alone: all that wait",
        "PRICE and a note, as 64250 or $bid-20t, or drop PRICE, or drop all",
        optional=True,
    ),
    Spec("arm", "let orders through to the venue"),
    Spec("cancel", "cancel orders or a program", "which", words=CANCEL_WORDS, source="programs"),
    Spec(
        "chart",
        "length, width or kind of the chart, or what lies over it; alone: show or hide it",
        "5m, compact, depth, levels ...",
        optional=True,
        words=choices(),
    ),
    Spec("disarm", "stop new orders; working ones stay"),
    Spec(
        "drill",
        "20 s with the keys of a changed keymap, nothing is sent; skip does without",
        "skip",
        optional=True,
        words=("skip",),
    ),
    Spec("first", "confirm the day's first order with real money", "the market's name, typed"),
    Spec("flatten", "close the position here; shows the price, Enter sends"),
    Spec("follow", "let the window follow the market while disarmed; again ends that"),
    Spec("go", "show a screen", "screen", words=SCREEN_WORDS),
    Spec("help", "every key"),
    Spec("hold", "let a program send nothing more for now", "program", optional=True, source="programs"),
    Spec(
        "kill",
        "disarm, cancel all everywhere, block orders; all: reduce-only orders too",
        "all",
        optional=True,
        words=("all",),
    ),
    Spec("ladder", "ladders side by side", "which", words=LADDER_WORDS),
    Spec("layout", "restore a layout of ladders, or save this one", "NAME or save NAME", optional=True),
    Spec("limit", "change a limit of this venue until the next start", "name and value"),
    Spec("market", "show a market", "name", source="markets"),
    Spec("pane", "what the side column shows on a narrow terminal", "pane", words=PANE_WORDS),
    Spec("pass", "let the next order here pass one check", "check", words=("unknown", "collar")),
    Spec("pause", "stand still or go on", replay=True),
    Spec("q", "quit; asks while orders are working"),
    Spec("quit", "leave; asks while orders are working"),
    Spec("reconcile", "ask the venue for orders, trades and positions now"),
    Spec("restart", "start a failed service again", "service", source="services"),
    Spec("resume", "let a held program go on", "program", optional=True, source="programs"),
    Spec("resync", "fetch the book afresh; connect again without waiting"),
    Spec("seek", "go forward or back in the recording", "seconds, as 30 or -30", replay=True),
    Spec("size", "size of the next order", "1500, 1.5k, 50% or 100$"),
    Spec("speed", "times real time; max is as fast as it goes", "factor", replay=True),
    Spec("tape", "leave out prints that are smaller; 0 shows all", "least size, as 50 or 0.1"),
    Spec("theme", "colours", "name", source="themes"),
    Spec(
        "tips",
        "how talkative the panel is for this session; ui.tips says it for good",
        "on, less or off",
        words=("on", "less", "off"),
    ),
    Spec("unkill", "leave the kill; the venue is disarmed afterwards"),
    Spec("venue", "open a venue and show a market of it; alone: all of them", "name", True, source="venues"),
    Spec(
        "watch",
        "put the market on the ladder on your list, kept from session to session; off: take it away",
        "off",
        optional=True,
        words=("off",),
    ),
    Spec("volume", "count the volume at price afresh"),
)

_BY_NAME = {spec.name: spec for spec in COMMANDS}
MAX_LINE = 200
"""Characters of a command line; a market's name fits."""


def parse(line: str, choices: Choices) -> Call:
    """Return what a line means; a unique beginning of a name or of a word is enough.

    Raises:
        ValueError: It means nothing; the message says what may stand there.
    """
    name, _, argument = line.strip().partition(" ")
    argument = argument.strip()
    spec = _named(name)
    if not spec.argument:
        if argument:
            raise ValueError(f":{spec.name} takes nothing after it, not '{argument}'")
        return Call(spec.name)
    if not argument:
        if spec.optional:
            return Call(spec.name)
        raise ValueError(f":{spec.name} wants {_wanted(spec, choices)}")
    allowed = _allowed(spec, choices)
    if not allowed:
        return Call(spec.name, argument)
    return Call(spec.name, _word(argument, allowed, spec))


def complete(line: str, choices: Choices) -> tuple[str, ...]:
    """Return every whole line that `line` may become, the likeliest first."""
    typed = line.lstrip()
    name, space, argument = typed.partition(" ")
    if not space:
        own = (spec.name + (" " if spec.argument else "") for spec in COMMANDS)
        orders = (f"{verb} " for verb in (*phrase_grammar.VERBS, *choices.user))
        return tuple(word for word in (*own, *orders) if word.startswith(name))
    if phrase_grammar.is_phrase(typed):
        before, gap, last = typed.rpartition(" ")
        return tuple(
            f"{before}{gap}{word} "
            for word in phrase_grammar.may_follow(f"{before} ")
            if word.startswith(last.lower())
        )
    spec = _BY_NAME.get(name) or _only(name)
    if spec is None:
        return ()
    allowed = _allowed(spec, choices)
    wanted = argument.strip().casefold()
    starts = [word for word in allowed if word.casefold().startswith(wanted)]
    inside = [word for word in allowed if wanted in word.casefold() and word not in starts]
    return tuple(f"{spec.name} {word}" for word in (*starts, *inside))


def hint(line: str, choices: Choices) -> str:
    """Return what the line would do, or what is missing, for the strip while it is typed."""
    name, _, argument = line.strip().partition(" ")
    if not name:
        return "a command, or an order as buy 5 join: Tab goes through them, Esc leaves"
    spec = _BY_NAME.get(name) or _only(name)
    if spec is None:
        matching = [word.strip() for word in complete(name, choices)]
        return " ".join(matching) if matching else f"there is no :{name}"
    if spec.argument and not argument.strip():
        return f"{spec.summary}: {_wanted(spec, choices)}"
    return spec.summary


def _named(name: str) -> Spec:
    if not name:
        raise ValueError("nothing was typed")
    spec = _BY_NAME.get(name) or _only(name)
    if spec is not None:
        return spec
    matching = [known.name for known in COMMANDS if known.name.startswith(name)]
    if matching:
        raise ValueError(f":{name} may be {_listed(matching)}")
    raise ValueError(f"there is no :{name}; Tab shows what there is")


def _only(name: str) -> Spec | None:
    matching = [spec for spec in COMMANDS if spec.name.startswith(name)]
    return matching[0] if len(matching) == 1 else None


def _allowed(spec: Spec, choices: Choices) -> tuple[str, ...]:
    """Return the words that a command takes; `Spec.source` names a field of `Choices`."""
    known: tuple[str, ...] = getattr(choices, spec.source) if spec.source else ()
    return (*spec.words, *known)


def _word(argument: str, allowed: Sequence[str], spec: Spec) -> str:
    """Return the one allowed word that `argument` says, begins, or is part of."""
    wanted = argument.casefold()
    for test in (str.__eq__, str.startswith, str.__contains__):
        matching = [word for word in allowed if test(word.casefold(), wanted)]
        if len(matching) == 1:
            return matching[0]
        if matching:
            raise ValueError(f":{spec.name} {argument} may be {_listed(matching)}")
    raise ValueError(f":{spec.name} knows no '{argument}'; there is {_listed(allowed)}")


def _wanted(spec: Spec, choices: Choices) -> str:
    allowed = _allowed(spec, choices)
    return _listed(allowed) if allowed else spec.argument


def _listed(words: Iterable[str], at_most: int = 6) -> str:
    words = list(words)
    more = f" and {len(words) - at_most} more" if len(words) > at_most else ""
    return ", ".join(words[:at_most]) + more
