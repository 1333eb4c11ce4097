"""What each refusal of the order keys means: nothing had left yet. Codes are stable."""

from collections.abc import Mapping
from typing import Final

from omega_tui.education.refusal_meaning import Meaning

_FRAME: Final = "An order key counts only for the prices that were painted when it was pressed."
_FRESH: Final = "Look at the ladder, then press the key again."

KEYS: Final[Mapping[str, Meaning]] = {
    "BEAT": Meaning(
        "A question takes no Enter in its first moment: it must be read first.", "Read, then Enter."
    ),
    "BLOCKED": Meaning("The order that is meant cannot be changed now.", "Wait for its state, or cancel it."),
    "BRACKET": Meaning(
        "A bracket goes round a limit order that opens a position; its ways out close what that opened.",
        "Take the bracket off, or order what opens.",
    ),
    "CHANGED": Meaning("The tick or the market changed under what was being entered.", _FRESH),
    "DATA": Meaning(
        "The book is not good enough for what the key wants: it is old, unchecked, or being rebuilt.",
        "Wait until the header says LIVE; canceling works meanwhile.",
    ),
    "EXPIRED": Meaning(
        "A verb waits a second and a half for its object, no longer.", "Press both keys again."
    ),
    "FIRES_NOW": Meaning(
        "A stop beyond the market would trigger at once.", "Put it on the other side of it."
    ),
    "FLATTEN": Meaning(
        "Nothing is left to flatten, or the rest of it is on its way.", "Look at the position."
    ),
    "GROUPED": Meaning(
        "A row of several ticks is no exact price: an order that takes is not aimed with one.",
        "Zoom in until a row is a tick.",
    ),
    "IN_FLIGHT": Meaning("The order is on its way or being changed.", "Wait for the venue's answer."),
    "LATE_KEY": Meaning("The key was read long after it was pressed.", _FRESH),
    "LOCKED": Meaning(
        "New orders leave only while the venue is armed and its data is good.", "Arm, or wait."
    ),
    "MOVED": Meaning("The market moved through the price of the question.", "Ask again with the new price."),
    "NOT_MOVED": Meaning("The order would stay where it is.", "Move the cursor first."),
    "NOT_PAINTED": Meaning(_FRAME, _FRESH),
    "NOT_SHOWN": Meaning("The cursor is outside the window: its price is not seen.", "Centre on it."),
    "NO_ANSWER": Meaning("Only Enter answers a question; any other key drops it.", "Ask again, then Enter."),
    "NO_ARMING": Meaning("Nothing can be armed for now; the strip says why.", "Do what it asks for."),
    "NO_BRACKET": Meaning("No bracket template is configured.", "Add some to `ui.brackets`."),
    "NO_CURSOR": Meaning("There is no cursor before the first book.", "Wait for the book."),
    "NO_ENTRY": Meaning("The average entry price is not known.", "Ask the venue: `:reconcile`."),
    "NO_MARKET": Meaning("No market is on the ladder.", "`/` finds one."),
    "NO_OBJECT": Meaning(
        "A verb was followed by a key that is no object of it.", "The strip lists the objects."
    ),
    "NO_ORDER": Meaning("No order of yours is where the key looked.", "Move the cursor onto it."),
    "NO_POSITION": Meaning("Nothing is held here.", "Look at the positions."),
    "OTHER_OUTCOME": Meaning(
        "What rests there is an order of the other outcome, drawn at the price that it is here.",
        "`Tab` shows its outcome, where it moves; `x c` cancels it from here, too.",
    ),
    "NO_PRESET": Meaning("There is no size preset on that digit.", "`v` types an exact size."),
    "NO_SHORT": Meaning("What is not held cannot be sold here.", "Sell at most what is held."),
    "NO_TOUCH": Meaning(
        "That side of the book is empty: there is no price to join or cross.", "Use the cursor."
    ),
    "OFF_VIEW": Meaning("The cursor is outside the window: its price is not seen.", "Centre on it."),
    "PAIR": Meaning("Two keys in one instant are not one order.", "Press one."),
    "PASSIVE_ONLY": Meaning("A quiet or late book takes resting orders only.", "Join, or wait for LIVE."),
    "PRICE_BOUND": Meaning("The price is outside the bounds of the market.", "Move the cursor inside them."),
    "REPEAT": Meaning("A held key repeats; repeats are dropped, and what was armed is disarmed.", "Let go."),
    "REPLAY": Meaning("A recording has no venue.", "Trade on the embedded exchange instead."),
    "OLD_PRICE": Meaning("The prices of the typed line are no longer those of now.", _FRESH),
    "TAKES_NOW": Meaning("The typed order was shown as resting and would take now.", _FRESH),
    "NO_VERB": Meaning("The verb was gone when its object came: nothing is sent; press both again.", _FRESH),
    "SETTLING": Meaning("Something has just changed on the screen; keys wait a moment.", _FRESH),
    "STALE_FRAME": Meaning(_FRAME, _FRESH),
    "STALL": Meaning("The screen stood still while the key was pressed.", _FRESH),
    "THERE": Meaning("The stop stands at that price already.", "Nothing is left to do."),
    "TOO_SMALL": Meaning("Orders need 60 columns and 18 rows.", "Make the terminal larger."),
    "WRONG": Meaning(
        "The typed line means no order yet; nothing was sent, and the line stays as it is.",
        "Mend what the strip names, then Enter.",
    ),
}
"""Codes of `ui.order_facts.Refused` that no rule of the gate shares."""
