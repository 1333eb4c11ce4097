"""The venue's sentences of refusal, and the stable codes for them (fact sheet, section 7, "Errors")."""

from enum import StrEnum
from typing import Final

import msgspec

from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.polymarket.values import decode_json


class Code(StrEnum):
    """Why, in a word that stays the same when the venue rewords its sentences."""

    # Refused by the venue.
    AMOUNTS = "AMOUNTS"
    AUTH = "AUTH"
    BALANCE = "BALANCE"
    BANNED = "BANNED"
    CANCEL_ONLY = "CANCEL_ONLY"
    CLOSED = "CLOSED"
    EXPIRATION = "EXPIRATION"
    FAK_NO_MATCH = "FAK_NO_MATCH"
    FOK = "FOK"
    MARKET_NOT_READY = "MARKET_NOT_READY"
    MIN_SIZE = "MIN_SIZE"
    NONCE = "NONCE"
    PAYLOAD = "PAYLOAD"
    POST_ONLY = "POST_ONLY"
    REFUSED = "REFUSED"
    """In words that are not in the table."""
    SIGNATURE = "SIGNATURE"
    TICK = "TICK"
    TRADING_DISABLED = "TRADING_DISABLED"
    VERSION = "VERSION"
    """The venue wants another version of the order struct: ask `/version`; a new order, a new decision."""

    # Cancels.
    ALREADY_DONE = "ALREADY_DONE"
    """Canceled, matched or absent: ask for the order, it is not a failure."""

    # The order is there.
    DUPLICATE = "DUPLICATE"

    # Nothing is proven.
    CONTRADICTION = "CONTRADICTION"
    CUT = "CUT"
    DELAYED = "DELAYED"
    EXECUTION = "EXECUTION"
    INTERRUPTED = "INTERRUPTED"
    MISSING = "MISSING"
    """The answer does not name our order."""
    NOT_UNDERSTOOD = "NOT_UNDERSTOOD"
    OTHER_ORDER = "OTHER_ORDER"
    """The answer names an order that is not ours: also an alarm."""
    RATE_LIMIT = "RATE_LIMIT"
    RESET = "RESET"
    RESTARTING = "RESTARTING"
    SERVER_ERROR = "SERVER_ERROR"
    TIMEOUT = "TIMEOUT"

    # Nothing was sent.
    NOT_SENT = "NOT_SENT"


_SENTENCES: Final[tuple[tuple[str, Code], ...]] = (
    # First those that prove nothing or prove the opposite, whatever else the sentence says.
    ("duplicate", Code.DUPLICATE),
    ("could not insert order", Code.EXECUTION),
    ("invalid_order_error", Code.EXECUTION),
    ("could not run the execution", Code.EXECUTION),
    ("execution_error", Code.EXECUTION),
    ("delayed", Code.DELAYED),
    ("delaying", Code.DELAYED),
    ("order_version_mismatch", Code.VERSION),
    ("tick size", Code.TICK),
    ("min_tick_size", Code.TICK),
    ("lower than the minimum", Code.MIN_SIZE),
    ("min size", Code.MIN_SIZE),
    ("order_min_size", Code.MIN_SIZE),
    ("not enough balance", Code.BALANCE),
    ("not_enough_balance", Code.BALANCE),
    ("post-only", Code.POST_ONLY),
    ("post only", Code.POST_ONLY),
    ("fully filled", Code.FOK),
    ("fok_order_not_filled", Code.FOK),
    ("match with fak", Code.FAK_NO_MATCH),
    ("not yet ready", Code.MARKET_NOT_READY),
    ("market_not_ready", Code.MARKET_NOT_READY),
    ("invalid amounts", Code.AMOUNTS),
    ("invalid signature", Code.SIGNATURE),
    ("invalid nonce", Code.NONCE),
    ("expiration", Code.EXPIRATION),
    ("trading is currently disabled", Code.TRADING_DISABLED),
    ("cancel-only", Code.CANCEL_ONLY),
    ("cancel only", Code.CANCEL_ONLY),
    ("closed only", Code.CLOSED),
    ("market is closed", Code.CLOSED),
    ("no orderbook exists", Code.CLOSED),
    ("orderbook", Code.CLOSED),
    ("banned", Code.BANNED),
    ("restricted", Code.BANNED),
    ("api key", Code.AUTH),
    ("unauthorized", Code.AUTH),
    ("request headers", Code.AUTH),
    ("payload", Code.PAYLOAD),
    ("too many requests", Code.RATE_LIMIT),
    ("rate limit", Code.RATE_LIMIT),
)
"""What the venue's sentences mean, the first match counts; in lower case. Fact sheet, section 7, "Errors"."""

_CANCEL_SENTENCES: Final = (
    "already canceled",
    "already matched",
    "not found",
    "can't be found",
    "does not exist",
)


def code_of(sentence: str) -> Code:
    """Return the stable code of a sentence of the venue; REFUSED for one that is not in the table."""
    lowered = sentence.lower()
    return next((code for words, code in _SENTENCES if words in lowered), Code.REFUSED)


def cancel_code_of(sentence: str) -> Code:
    """Return the stable code of why an order was not canceled."""
    lowered = sentence.lower()
    if any(words in lowered for words in _CANCEL_SENTENCES):
        return Code.ALREADY_DONE
    return code_of(sentence)


class _ErrorBody(msgspec.Struct):
    error: msgspec.Raw = msgspec.Raw(b"")
    error_message: str = msgspec.field(name="errorMsg", default="")
    success: bool = False


def error_sentence(body: bytes) -> str | None:
    """Return what the venue's JSON error says, as sent; None if the body is not such an error.

    Read are `{"error": "…"}`, `{"error": {…}}` (its text) and `{"success": false, "errorMsg": "…"}`.
    """
    try:
        answer = decode_json(body, _ErrorBody, "error")
    except RemoteProtocolError:
        return None
    error = bytes(answer.error)
    if answer.success:
        return None
    if error in {b"", b"null"}:
        return answer.error_message or None
    try:
        return decode_json(error, str, "error") or None
    except RemoteProtocolError:
        return error.decode("utf-8", "replace")
