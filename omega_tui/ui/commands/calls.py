"""What each command of the command line, and each key of a replay, does. The grammar is in `commands`."""

import math
from collections.abc import Iterable
from concurrent.futures import Future
from decimal import Decimal
from typing import Final, Protocol

from omega_tui.domain.commands import (
    Arm,
    CancelProgram,
    Command,
    ConfirmFirst,
    Disarm,
    HoldProgram,
    Kill,
    OpenVenue,
    PassOnce,
    Reconcile,
    ReplayControl,
    ResumeProgram,
    ResyncBook,
    SetLimit,
    Unkill,
    WatchInstrument,
)
from omega_tui.domain.events.account import TradingMode
from omega_tui.domain.programs import ProgramStatus
from omega_tui.text import parse_decimal
from omega_tui.ui.commands.commands import CANCEL_WORDS, Call
from omega_tui.ui.desk.backend import Backend
from omega_tui.ui.desk.order_facts import (
    Decision,
    DeskFacts,
    Refused,
    Send,
)
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.orders.cancels import build_cancels
from omega_tui.ui.orders.pending import Verb
from omega_tui.ui.panes.program_pane import program_names
from omega_tui.ui.session.session import Session
from omega_tui.ui.text.words import size_text
from omega_tui.units import NS_PER_S

REFUSED_NS: Final = 4 * NS_PER_S
_CANCELS: Final = {"here": "cursor"}
SEEK_S: Final = 10.0
SEEK_MORE_S: Final = 60.0
SLOWEST: Final = 0.125
FASTEST: Final = 1024.0


class Hands(Protocol):
    """What a command needs of the app.

    Attributes:
        session: What is shown; read only here.
        backend: The engine.
    """

    session: Session
    backend: Backend

    @property
    def painted(self) -> PaintedFrame | None:
        """The last painted frame of the ladder."""
        ...

    def mono_ns(self) -> int:
        """Return the screen's monotonic clock."""
        ...

    def obey(self, decision: Decision) -> None:
        """Do what a decision of the order grammar says."""
        ...

    def send(self, commands: Iterable[Command], text: str) -> None:
        """Hand commands to the engine."""
        ...

    def await_outcome(self, future: Future[object], name: str) -> None:
        """Say so when something asked for is refused."""
        ...

    def say(self, text: str, role: str = "", for_ns: int = ...) -> None:
        """Put a sentence into the strip."""
        ...

    def go(self, target: str) -> None:
        """Show a screen or a pane."""
        ...

    def ladder_command(self, argument: str) -> None:
        """Add a ladder, close one, or give the keys to another."""
        ...

    def layout_command(self, argument: str) -> None:
        """Save a layout, or restore one."""
        ...

    def show_market(self, instrument_id: str) -> None:
        """Put a market on the ladder."""
        ...

    def alert_command(self, argument: str) -> None:
        """Wait for a price, wait no more, or show what is waited for."""
        ...

    def tips_command(self, word: str) -> None:
        """Say how talkative the teacher is."""
        ...

    def watch_command(self, argument: str) -> None:
        """Put the market on the ladder on the trader's list, or take it off."""
        ...

    def theme_command(self, argument: str) -> None:
        """Take a theme, or the one in which prices rise in another colour."""
        ...

    def set_size(self, text: str) -> None:
        """Take a typed size."""
        ...

    def drill(self, argument: str) -> None:
        """Begin a drill of the keys, or skip it where `argument` is `skip`."""
        ...

    def request_quit(self) -> None:
        """Quit, or ask."""
        ...


def run(hands: Hands, call: Call) -> None:  # noqa: C901, PLR0912 - one case per command
    """Carry out a command of the command line or of the palette."""
    argument = call.argument
    if _just_sent(hands, call):
        return
    by_argument = {
        "alert": hands.alert_command,
        "drill": hands.drill,
        "ladder": hands.ladder_command,
        "layout": hands.layout_command,
        "size": hands.set_size,
        "tips": hands.tips_command,
        "watch": hands.watch_command,
    }
    if call.name in by_argument:
        by_argument[call.name](argument)
        return
    facts = hands.session.facts(hands.backend.clock.now_ns())
    match call.name:
        case "arm":
            _arm(hands, facts)
        case "cancel" if argument not in CANCEL_WORDS:
            _program(hands, call)
        case "cancel":
            painted = hands.painted
            built = build_cancels(f"cancel.{_CANCELS.get(argument, argument)}", painted, facts)
            hands.obey(built if isinstance(built, Refused) else Send(*built))
        case "flatten":
            hands.go("trade")
            hands.obey(hands.session.entry.begin(Verb.FLATTEN, hands.mono_ns(), facts))
        case "tape":
            _tape(hands, argument)
        case "market":
            _show_named(hands, argument)
        case "theme":
            hands.theme_command(argument)
        case "restart":
            hands.await_outcome(hands.backend.restart(argument), f"restart {argument}")
            hands.say(f"starting {argument} again")
        case "go" | "help":
            hands.go(argument or "help")
        case "pane" | "chart":
            _pane(hands, call)
        case "venue":
            _show_venue(hands, argument)
        case "volume":
            hands.go("volume")
        case "follow":
            _follow(hands)
        case "q" | "quit":
            hands.request_quit()
        case "pause":
            steer(hands, "replay.pause")
        case "hold" | "resume":
            _program(hands, call)
        case _:
            _steer_by(hands, call)


def _just_sent(hands: Hands, call: Call) -> bool:
    """Hand a command to the engine that needs nothing of the screen; return whether it was one."""
    venue = hands.session.venue
    command: Command
    match call.name:
        case "disarm":
            command, text = Disarm(venue, "asked for"), "disarming"
        case "kill":
            everything = call.argument == "all"
            command, text = Kill("asked for", everything), "KILL: disarming, canceling everything everywhere"
        case "unkill":
            command, text = Unkill(), "leaving the kill"
        case "first":
            command, text = ConfirmFirst(venue, call.argument), f"confirming {call.argument} at {venue}"
        case "limit":
            name, _, value = call.argument.partition(" ")
            command, text = SetLimit(venue, name, value.strip()), f"setting {call.argument} at {venue}"
        case "pass":
            instrument = hands.session.instrument_id
            command, text = PassOnce(venue, call.argument, instrument), f"passing {call.argument} once"
        case "resync":
            instrument = hands.session.instrument_id
            command, text = ResyncBook(instrument, venue=venue), "asking for the book afresh"
        case "reconcile":
            command, text = Reconcile(), "asking every venue for everything"
        case _:
            return False
    hands.send((command,), text)
    return True


def _arm(hands: Hands, facts: DeskFacts) -> None:
    """Arm by command: a typed line is as deliberate as `A` then Enter, under the same conditions."""
    if facts.mode is TradingMode.ARMED:
        hands.say("armed already")
        return
    decision = hands.session.entry.begin(Verb.ARM, hands.mono_ns(), facts)
    hands.session.entry.drop()
    hands.obey(decision if isinstance(decision, Refused) else Send((Arm(facts.venue),), "arming"))


def _program(hands: Hands, call: Call) -> None:
    """Hold, resume or cancel a program: the named one, or the only one that it can mean."""
    wanted = {"hold": ProgramStatus.WORKING, "resume": ProgramStatus.HELD}.get(call.name)
    named = program_names(tuple(hands.session.desk.programs.values()))
    fitting = {name: one for name, one in named.items() if wanted is None or one.status is wanted}
    chosen = [one for name, one in fitting.items() if not call.argument or name == call.argument]
    if len(chosen) != 1:
        which = ", ".join(fitting)
        hands.say(
            f":{call.name} which? {which}" if fitting else f"there is no program to {call.name}", "warn"
        )
        return
    one = chosen[0]
    venue = one.spec.venue
    match call.name:
        case "hold":
            hands.send((HoldProgram(venue, one.id),), f"holding the {one.kind}")
        case "resume":
            watched = WatchInstrument(one.spec.instrument)
            hands.send((watched, ResumeProgram(venue, one.id)), f"the {one.kind} goes on")
        case _:
            hands.send((CancelProgram(venue, one.id),), f"canceling the {one.kind}")


def _pane(hands: Hands, call: Call) -> None:
    """Show a pane; the chart as a word says, or without one show or hide it."""
    if call.name == "chart" and call.argument:
        hands.session.charts.choose(call.argument)
    else:
        hands.go(call.argument or call.name)


def _tape(hands: Hands, argument: str) -> None:
    """Let the tape leave out what is smaller than a typed size."""
    try:
        least = parse_decimal(argument)
    except ValueError:
        least = Decimal(-1)
    if least < 0:
        hands.say(
            f":tape wants the least size to show, as 50, or 0 for all, not '{argument}'", "warn", REFUSED_NS
        )
        return
    hands.session.tape_least = least
    hands.say(f"the tape shows prints from {size_text(least)} on" if least else "the tape shows every print")


def _show_named(hands: Hands, name: str) -> None:
    for one in hands.session.desk.instruments.values():
        if hands.session.desk.full_name(one) == name:
            hands.go("trade")
            hands.show_market(one.id)
            return


def _show_venue(hands: Hands, name: str) -> None:
    """Open a venue and put its first market on the ladder; without a name, list them all."""
    if not name:
        hands.go("system")
        return
    first = next((one for one in hands.session.markets() if one.venue == name), None)
    if first is not None:
        hands.go("trade")
        hands.show_market(first.id)
        return
    hands.send((OpenVenue(name),), f"opening {name}: its markets are not known yet")


def steer(hands: Hands, action: str) -> None:
    """Do what a key of a replay says."""
    replay = hands.session.desk.replay
    if replay is None:
        return
    speed = replay.speed or FASTEST
    control = {
        "replay.pause": ReplayControl(paused=not replay.paused),
        "replay.step": ReplayControl(paused=True, step=1),
        "replay.faster": ReplayControl(speed=0.0 if speed * 2 > FASTEST else speed * 2),
        "replay.slower": ReplayControl(speed=max(SLOWEST, speed / 2)),
        "replay.forward": ReplayControl(seek_s=SEEK_S),
        "replay.back": ReplayControl(seek_s=-SEEK_S),
        "replay.forward_more": ReplayControl(seek_s=SEEK_MORE_S),
        "replay.back_more": ReplayControl(seek_s=-SEEK_MORE_S),
    }[action]
    hands.send((control,), "")


def _steer_by(hands: Hands, call: Call) -> None:
    """Seek or change the speed of a replay to a typed number."""
    try:
        number = 0.0 if call.argument == "max" else float(call.argument)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or (call.name == "speed" and number < 0):
        hands.say(f":{call.name} wants a number, not '{call.argument}'", "warn", REFUSED_NS)
    elif hands.session.desk.replay is None:
        hands.say("this is no replay", "warn")
    elif call.name == "speed":
        hands.send((ReplayControl(speed=number),), "")
    else:
        hands.send((ReplayControl(seek_s=number),), "")


def _follow(hands: Hands) -> None:
    """Let the window follow the market, or end that; refused while an order key could meet a moving price."""
    session = hands.session
    if not session.follows and session.desk.mode(session.venue) is TradingMode.ARMED:
        hands.say("the window stands still while armed: disarm first", "warn")
        return
    session.follows = not session.follows
    hands.say("the window follows the market until you arm" if session.follows else "the window stands still")
