"""The codes with which Binance says no, and its words (Binance Spot API docs, "Error codes")."""

from typing import Final, NamedTuple

from omega_tui.errors import VenueRefused

VENUE: Final = "binance"


class Refusal(NamedTuple):
    """One way of saying no.

    Attributes:
        code: Stable; negative.
        words: With `{0}` where the venue quotes something.
    """

    code: int
    words: str

    def error(self, detail: str = "") -> VenueRefused:
        """Return the refusal as an exception."""
        return VenueRefused(self.words.replace("{0}", detail), venue=VENUE, code=str(self.code))


FILTER: Final = Refusal(-1013, "Filter failure: {0}")
TIME_AHEAD: Final = Refusal(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
TIME_EXPIRED: Final = Refusal(-1021, "Timestamp for this request is outside of the recvWindow.")
SIGN_WRONG: Final = Refusal(-1022, "Signature for this request is not valid.")
ILLEGAL: Final = Refusal(-1100, "Illegal characters found in parameter '{0}'.")
MISSING: Final = Refusal(-1102, "Mandatory parameter '{0}' was not sent, was empty/null, or malformed.")
EITHER_MISSING: Final = Refusal(-1102, "Param '{0}' must be sent, but both were empty/null!")
NOT_REQUIRED: Final = Refusal(-1106, "Parameter '{0}' sent when not required.")
PRECISION: Final = Refusal(-1111, "Parameter '{0}' has too much precision.")
FORCE_INVALID: Final = Refusal(-1115, "Invalid timeInForce.")
TYPE_INVALID: Final = Refusal(-1116, "Invalid orderType.")
SIDE_INVALID: Final = Refusal(-1117, "Invalid side.")
INTERVAL_INVALID: Final = Refusal(-1120, "Invalid interval.")
SYMBOL_INVALID: Final = Refusal(-1121, "Invalid symbol.")
LISTEN_KEY_UNKNOWN: Final = Refusal(-1125, "This listenKey does not exist.")
COMBINATION: Final = Refusal(-1128, "Combination of optional parameters invalid.")
WINDOW_TOO_LONG: Final = Refusal(-1131, "recvWindow must be less than 60000.")

DUPLICATE: Final = Refusal(-2010, "Duplicate order sent.")
NO_FUNDS: Final = Refusal(-2010, "Account has insufficient balance for requested action.")
WOULD_TAKE: Final = Refusal(-2010, "Order would immediately match and take.")
WOULD_TRIGGER: Final = Refusal(-2010, "Stop price would trigger immediately.")
UNKNOWN_ORDER: Final = Refusal(-2011, "Unknown order sent.")
NO_ORDER: Final = Refusal(-2013, "Order does not exist.")
KEY_FORMAT: Final = Refusal(-2014, "API-key format invalid.")
KEY_INVALID: Final = Refusal(-2015, "Invalid API-key, IP, or permissions for action.")
REPLACE_HALF_FAILED: Final = Refusal(-2021, "Order cancel-replace partially failed.")
REPLACE_FAILED: Final = Refusal(-2022, "Order cancel-replace failed.")

STATUSES: Final = {
    str(KEY_FORMAT.code): 401,
    str(KEY_INVALID.code): 401,
    str(REPLACE_HALF_FAILED.code): 409,
}
"""HTTP status of an answer by its code; 400 for all others."""

WS_INVALID: Final = 2
WS_BAD_JSON: Final = 3
"""Codes of a refusal on a stream's WebSocket."""
