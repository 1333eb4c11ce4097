"""What each code of a refusal means: the rule, and what an order must be to pass it. Codes are stable."""

from collections.abc import Mapping
from typing import Final

from omega_tui.education.refusal_meaning import Meaning

HERE: Final[Mapping[str, Meaning]] = {
    "HALTED": Meaning("The kill switch is on: only cancels leave.", "Type `:unkill`, then arm again."),
    "NOT_ARMED": Meaning("New orders leave only while the venue is armed.", "`A` and Enter arm it."),
    "REDUCE_ONLY": Meaning(
        "A reduce-only order must be smaller than what is held against it, working orders of its side "
        "included.",
        "Look at the position and at what already works to close it.",
    ),
    "RECONCILING": Meaning(
        "After an interruption orders and positions are compared with the venue first.",
        "It ends by itself.",
    ),
    "UNKNOWN_ORDER_PRESENT": Meaning(
        "An order whose outcome is unknown may still exist.",
        "The venue is being asked; it is not sent again.",
    ),
    "JOURNAL": Meaning(
        "An order is written down before its first byte leaves; that was not possible.",
        "Free the disk, then arm.",
    ),
    "CLOCK_SKEW": Meaning("The clock of this machine and the venue's differ too much.", "Set the clock."),
    "INSTRUMENT": Meaning(
        "The venue's rules for this instrument are not known, or it is closed.",
        "Open it first.",
    ),
    "MARKET_WITHOUT_BOUND": Meaning("An order that takes needs a worst price.", "Give it one."),
    "NUMBER": Meaning("Price and size are plain numbers above zero.", "Type it again."),
    "TICK": Meaning(
        "A price is a whole number of ticks within the market's bounds.",
        "Move it to the next tick.",
    ),
    "LOT": Meaning("A size is a whole number of lots.", "Round the size down to a lot."),
    "MIN_SIZE": Meaning("The venue has a smallest size.", "Order at least that much, or leave it."),
    "MIN_NOTIONAL": Meaning("The venue has a smallest value, price times size.", "Order more, or leave it."),
    "SIZE": Meaning("The size is outside what is allowed here.", "Change the size."),
    "DATA_STALE": Meaning(
        "The prices are older than the console trusts.",
        "Wait until they are live; canceling works meanwhile.",
    ),
    "BOOK_UNTRUSTED": Meaning(
        "The book does not match the venue's own checksum or sequence.",
        "Wait until it is checked again.",
    ),
    "TRIGGER": Meaning(
        "A stop's trigger lies beyond the present price, on its own side.",
        "Move the trigger.",
    ),
    "PRICE_COLLAR": Meaning(
        "The price is further beyond the other side's best than the collar.",
        "Look at the price: is it a slip?",
    ),
    "LAST_LOOK": Meaning(
        "The best price changed between the frame that was seen and the key.",
        "Look, and press again.",
    ),
    "ALLOWANCE": Meaning(
        "The venue's contracts may not move so much of your money: the wallet has not allowed it.",
        "Raise the allowance with the wallet at the venue, or order less.",
    ),
    "SELF_TRADE": Meaning("It would meet an order of your own.", "Cancel that one first."),
    "NO_RATE": Meaning(
        "Limits are in dollars, and what the asset it is paid in is worth in dollars is not known here.",
        "Look at a market of that asset in dollars at this venue first.",
    ),
    "MAX_ORDER_NOTIONAL": Meaning("Price times size is above the limit for one order.", "Order less."),
    "MAX_ORDER_QTY": Meaning("The size is above the limit for one order.", "Order less."),
    "MAX_POSITION": Meaning(
        "Position and working orders together would be above the limit.",
        "Order less, or cancel something.",
    ),
    "MAX_GROSS": Meaning("All positions together would be above the limit.", "Close something first."),
    "LIMIT": Meaning(
        "A limit is changed by its name in the configuration, and not beyond its ceiling.",
        "Type `:limit max_order_notional 200`.",
    ),
    "PASS": Meaning(
        "Only two checks can be passed, and only by the next order here.",
        "Type `:pass unknown` or `:pass collar`.",
    ),
    "MAX_TOTAL": Meaning(
        "All positions of every account together would be above the limit.", "Close something first."
    ),
    "MAX_OPEN_ORDERS": Meaning("Too many orders work already.", "Cancel some."),
    "THROTTLE": Meaning("Too many new orders in a short time.", "Wait a moment: cancels are not counted."),
    "DUPLICATE": Meaning("The very same order left a moment ago.", "Wait, or change it, if it is meant."),
    "BALANCE": Meaning("The money or the holding does not suffice.", "Order less, or free what orders hold."),
    "DAILY_LOSS": Meaning(
        "The loss of the day reached its limit: only what shrinks a position leaves.",
        "The day is over.",
    ),
    "INTENT": Meaning("Two parts of the order contradict each other.", "Read the sentence and choose one."),
    "EXPIRATION": Meaning("A GTD order needs an end far enough in the future.", "Give a later end."),
    "TIME_IN_FORCE": Meaning("The venue does not know this time in force for this order.", "Choose another."),
    "NO_SUCH_ORDER": Meaning("No order of that name is here.", "It may be done already: look at the orders."),
    "EXTERNAL": Meaning(
        "The order was placed elsewhere.",
        "Cancel it by the venue's id, or where it was placed.",
    ),
    "CLIENT_ID": Meaning(
        "A client id has up to a certain length of letters, digits, - and _.",
        "Shorten it.",
    ),
    "SHOWN_ELSEWHERE": Meaning("Another console arms this account.", "Arm it there."),
    "MARGIN_MODE": Meaning(
        "The venue holds the account in another margin mode.",
        "Set it at the venue first.",
    ),
    "MAX_ORDERS_DAY": Meaning("The number of new orders of a day has a limit.", "Cancels still leave."),
    "FIRST_ORDER": Meaning(
        "The first order with real money at a venue wants a word of confirmation.",
        "Type what it asks for.",
    ),
    "LOOP_LAG": Meaning("The program itself was late: what was seen may be old.", "Look, and press again."),
    "PROGRAM": Meaning("An order program cannot do that in its present state.", "Read what state it is in."),
    "NO_SUCH_PROGRAM": Meaning("No order program of that name is here.", "Look at the list of programs."),
    "FILLED": Meaning("What was to be changed was filled meanwhile.", "Look at the position."),
    "NOT_LIVE": Meaning("Money is real at this venue.", "Orders leave only when asked for as live."),
    "DEAD_MAN": Meaning("The venue's dead-man switch could not be set.", "Read its words; arm again later."),
    "DEAD_MAN_OFF": Meaning("The dead-man switch is off.", "Working orders stay if the console dies."),
    "NO_DEAD_MAN": Meaning("The venue has no dead-man switch.", "Working orders stay if the console dies."),
    "VENUE_STATE": Meaning(
        "The venue said a moment ago that it takes no new orders, or only such as rest.",
        "Wait for as long as the message says; cancels go on.",
    ),
    "QUANTITY_SEMANTICS": Meaning(
        "The size is in money, and everything here counts units of what is traded.", "Give it in those units."
    ),
    "HEARTBEAT_LOST": Meaning(
        "The venue heard no sign of life in time and canceled what worked.",
        "Compare the orders with the venue.",
    ),
    "READ_ONLY_KEY": Meaning(
        "The key may look and not trade.", "Make one at the venue that may trade, and may not withdraw."
    ),
    "POSITION_MODE": Meaning("The venue holds positions in another mode.", "Set it at the venue first."),
    "NOT_SENT": Meaning("Not one byte left: the order certainly does not exist.", "It may be ordered again."),
}
"""Refused here: no order exists."""

VENUE: Final[Mapping[str, Meaning]] = {
    "POST_ONLY": Meaning(
        "A post-only order whose price reaches the other side on arrival is refused.",
        "Bid lower, or ask higher.",
    ),
    "FOK": Meaning("Fill or kill: all of it was not there at once.", "Take less, or IOC."),
    "FAK_NO_MATCH": Meaning("Nothing was there at that price to take.", "Look at the book again."),
    "AUTH": Meaning(
        "The venue does not take the key.",
        "Check the key and the clock; it is not tried blindly.",
    ),
    "SIGNATURE": Meaning("The venue reads another signer than expected.", "Check the account's settings."),
    "BANNED": Meaning("The venue has closed the account for trading.", "Ask the venue."),
    "CANCEL_ONLY": Meaning("The venue takes only cancels at the moment.", "Wait; cancels work."),
    "CLOSED": Meaning("The market has ended.", "Nothing can be ordered in it any more."),
    "MARKET_NOT_READY": Meaning("The market does not trade yet.", "Wait for its opening."),
    "TRADING_DISABLED": Meaning("The venue has stopped trading.", "Wait; cancels may work."),
    "RATE_LIMIT": Meaning(
        "The venue counts requests and has had enough.",
        "It is waited for as the venue says.",
    ),
    "ALREADY_DONE": Meaning(
        "There is nothing to cancel: it filled, expired or was canceled.",
        "Look at the orders.",
    ),
    "REFUSED": Meaning("The venue said no in words of its own.", "Read its words."),
}
"""Refused by the venue: it was sent, and nothing was accepted."""

UNKNOWN: Final = frozenset(
    {"TIMEOUT", "RESET", "INTERRUPTED", "CUT", "SERVER_ERROR", "NOT_UNDERSTOOD", "CONTRADICTION", "MISSING",
     "DELAYED", "EXECUTION", "RESTARTING", "OTHER_ORDER", "ORDER_UNKNOWN"}
)  # fmt: skip
"""Something may have been sent and the answer is missing: the order may or may not exist."""
