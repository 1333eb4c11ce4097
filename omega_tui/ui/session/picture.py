"""What one frame hands to a screen."""

from msgspec import Struct

from omega_tui.ui.desk.desk import Changes
from omega_tui.ui.desk.order_facts import DeskFacts
from omega_tui.ui.keys.keymap import Keymap
from omega_tui.ui.ladder.frame import PaintedFrame
from omega_tui.ui.session.session import Session


class Said(Struct, frozen=True):
    """A sentence for line 2 of the strip.

    Attributes:
        text: The sentence.
        role: Its style role.
    """

    text: str
    role: str = ""


class Picture(Struct, frozen=True):
    """What one frame hands to a screen, which turns it into the values of its widgets.

    Attributes:
        session: The state; read only.
        facts: What an order key would be judged by.
        changes: What the events since the last frame touched.
        painted: The last painted frame of the ladder.
        now_ns: Wall clock of the engine.
        said: What line 2 of the strip says while no verb is pending; None for the hint.
        keymap: The bindings in force.
        slow: Whether this is one of the few frames a second in which what only ages is drawn.
    """

    session: Session
    facts: DeskFacts
    changes: Changes
    painted: PaintedFrame | None
    now_ns: int
    said: Said | None
    keymap: Keymap
    slow: bool
