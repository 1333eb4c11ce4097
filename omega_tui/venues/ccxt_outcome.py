"""What an exception of ccxt proves, about an order and about a question (order safety, section 4).

ccxt's names say what its authors thought of; what was *sent* is told by the cause alone. In doubt the answer
is "unknown". Classes are compared by name, so that nothing here imports the library.
"""

import json
import re
from collections.abc import Mapping
from typing import Final

from omega_tui.domain.order_facts import LIVE
from omega_tui.errors import OutcomeUnknown, VenueError, VenueRefused, VenueUnreachable
from omega_tui.secret import Redactor
from omega_tui.text import safe_text
from omega_tui.venues.base import Accepted, PlaceOutcome, Refused, Unknown

NOT_SENT: Final = frozenset({"ClientConnectorError", "ClientConnectorDNSError"})
"""aiohttp's classes for a connection that was never made: as the direct cause, proof that nothing left."""

REFUSALS: Final = frozenset(
    {
        "InsufficientFunds",
        "InvalidOrder",
        "BadSymbol",
        "ArgumentsRequired",
        "PermissionDenied",
        "AuthenticationError",
        "MarketClosed",
        "NotSupported",
    }
)
"""Classes that ccxt raises for a venue's own words only, or before anything is sent."""

NOT_REFUSALS: Final = frozenset({"DuplicateOrderId", "OrderNotFound", "OrderNotCached"})
"""Subclasses of a refusal that prove nothing about an order that was just placed: it may well exist."""

ORDER_NOT_FOUND: Final = "ORDER_NOT_FOUND"

CODES: Final = {
    "InsufficientFunds": "BALANCE",
    "BadSymbol": "INSTRUMENT",
    "PermissionDenied": "PERMISSION",
    "AuthenticationError": "AUTH",
    "MarketClosed": "MARKET_CLOSED",
    "NotSupported": "NOT_SUPPORTED",
    "OrderImmediatelyFillable": "POST_ONLY",
    "OrderNotFillable": "NOT_FILLABLE",
    "OrderNotFound": ORDER_NOT_FOUND,
    "OrderNotCached": ORDER_NOT_FOUND,
    "InvalidOrder": "INVALID_ORDER",
    "InvalidNonce": "CLOCK",
    "RateLimitExceeded": "RATE_LIMIT",
    "DDoSProtection": "RATE_LIMIT",
    "OnMaintenance": "MAINTENANCE",
    "RequestTimeout": "TIMEOUT",
}
"""Stable words of ours, nearest class first."""

REFUSED_BY_CODE: Final[Mapping[str, Mapping[str, str]]] = {
    "bitget": {
        "22002": "REDUCE_ONLY",  # No position to close
        "40757": "REDUCE_ONLY",  # Not enough position is available
        "40815": "PRICE_COLLAR",  # The price is above the highest that is taken
        "40816": "PRICE_COLLAR",  # … or below the lowest
        "45111": "MIN_SIZE",
        "45115": "TICK",
    },
    "binance": {"-1013": "INVALID_ORDER"},  # Filter failure
}
"""Our word for documented codes of a venue's no to an order that have no class of their own in the library.

By exchange and code. In an answer that came whole they prove that there is no order.
"""

PARSE_FAILURES: Final = (TypeError, LookupError, AttributeError, ValueError, ArithmeticError)
"""What the library lets out when an answer is not what it expects; it proves nothing either way."""

MAX_WORDS: Final = 200

_URL = re.compile(r"(https?|wss?)://[^\s\"']+")
_REDACTOR = Redactor()

_TIMED_OUT = re.compile(r"time[d -]{0,2}out", re.IGNORECASE).search
"""Words of the venue that no class outweighs: to the library bitget's 40010, "Request timed out", is an
AuthenticationError."""


def names_of(error: BaseException) -> tuple[str, ...]:
    """Return the names of the classes of an exception, nearest first."""
    return tuple(cls.__name__ for cls in type(error).__mro__)


def is_a(error: BaseException, *names: str) -> bool:
    """Whether an exception is of one of these classes of ccxt, or below one."""
    return not set(names).isdisjoint(names_of(error))


def was_not_sent(error: BaseException) -> bool:
    """Whether it is certain that not one byte of the request left."""
    return error.__cause__ is not None and not NOT_SENT.isdisjoint(names_of(error.__cause__))


def code_of(error: BaseException) -> str:
    """Return our stable word for an exception; the class's own name where there is none."""
    return next((CODES[name] for name in names_of(error) if name in CODES), names_of(error)[0])


def words_of(error: BaseException) -> str:
    """Return what an exception says, without addresses (they carry signatures), secrets and escapes."""
    text = _URL.sub(lambda match: match.group().partition("?")[0], str(error))
    return safe_text(f"{names_of(error)[0]}: {_REDACTOR.redact(text)}", max_cells=MAX_WORDS)


def outcome_of_error(error: BaseException) -> PlaceOutcome:
    """Return what an exception of `create_order` proves."""
    if was_not_sent(error):
        return Refused("NOT_SENT", "no connection to the venue could be made; nothing was sent")
    names = names_of(error)
    if _TIMED_OUT(str(error)):
        return Unknown(words_of(error))
    refused = _refused_by_code(error)
    if refused:
        return Refused(refused, words_of(error))
    if NOT_REFUSALS.isdisjoint(names) and not REFUSALS.isdisjoint(names):
        return Refused(code_of(error), words_of(error))
    return Unknown(words_of(error), code_of(error))


def _refused_by_code(error: BaseException) -> str:
    """Return our word for a no that only the venue's own code tells; empty where nothing is proven.

    The library's words are the name of the exchange and the body as it came; one that was cut is no JSON.
    """
    if not is_a(error, "ExchangeError"):
        return ""
    exchange_id, _, body = str(error).partition(" ")
    codes = REFUSED_BY_CODE.get(exchange_id)
    if codes is None:
        return ""
    try:
        answer = json.loads(body)
    except ValueError:
        return ""
    return codes.get(str(answer.get("code", "")), "") if isinstance(answer, dict) else ""


def outcome_of_order(
    order_id: str | None, client_order_id: str | None, status: str, *, sent_client_id: str
) -> PlaceOutcome:
    """Return what an order that `create_order` returned proves.

    Args:
        order_id: The venue's id in it. Without one (a page of HTML, an empty body) nothing is proven.
        client_order_id: The client id in it, if any.
        status: Its normalised status.
        sent_client_id: The client id that was sent; an answer about another order proves nothing of ours.
    """
    if not order_id:
        return Unknown("the venue's answer has no order id")
    if client_order_id and client_order_id != sent_client_id:
        return Unknown("the venue answered about an order with another client id")
    if status == "REJECTED":
        return Refused("REJECTED", "the venue took the order and rejected it at once")
    return Accepted(safe_text(order_id), status)


def outcome_of_edit(order: object, *, order_id: str, receipt: str) -> PlaceOutcome:
    """Return what the library's answer to a change in place proves: that the venue took it, or nothing.

    Args:
        order: What the library returned.
        order_id: The venue's id of the order that was to be changed.
        receipt: Field of the venue's answer that proves it where the answer does not name the order.
    """
    if not isinstance(order, Mapping):
        return Unknown("the venue's answer to the change is no order")
    said, info = order.get("id"), order.get("info")
    if said is None and receipt and isinstance(info, Mapping) and info.get(receipt):
        return Accepted(order_id, LIVE)
    if str(said) != order_id:
        return Unknown("the venue's answer to the change does not name the order")
    return Accepted(order_id, LIVE)


def failure_of(error: BaseException, *, venue: str, asked: str) -> VenueError:
    """Return what to raise for a question that ended in an exception of ccxt.

    Args:
        error: What ccxt raised.
        venue: Venue name.
        asked: What was asked, as `the open orders`, for the message.
    """
    message = f"{venue} did not answer for {asked}: {words_of(error)}"
    code = code_of(error)
    if was_not_sent(error):
        return VenueUnreachable(message, venue=venue, code="UNREACHABLE")
    if (
        is_a(error, "OperationFailed")
        or names_of(error)[0] == "ExchangeError"
        or not is_a(error, "BaseError")
    ):
        return OutcomeUnknown(message, venue=venue, code=code)
    return VenueRefused(message, venue=venue, code=code)
