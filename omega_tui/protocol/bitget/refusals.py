"""The codes with which Bitget says no, and its words (Bitget docs, "Error Code" of REST and WebSocket)."""

from typing import Final, NamedTuple

from omega_tui.errors import VenueRefused

VENUE: Final = "bitget"


class Refusal(NamedTuple):
    """One way of saying no.

    Attributes:
        code: Stable.
        words: With `{0}` where the venue quotes something.
        status: Of the HTTP answer.
    """

    code: str
    words: str
    status: int = 400

    def error(self, detail: str = "") -> VenueRefused:
        """Return the refusal as an exception."""
        return VenueRefused(self.words.replace("{0}", detail).strip(), venue=VENUE, code=self.code)


KEY_MISSING: Final = Refusal("40001", "ACCESS_KEY cannot be empty")
SIGN_MISSING: Final = Refusal("40003", "ACCESS_SIGN cannot be empty")
TIMESTAMP_INVALID: Final = Refusal("40005", "Invalid ACCESS_TIMESTAMP")
KEY_INVALID: Final = Refusal("40006", "Invalid ACCESS_KEY")
TIMESTAMP_EXPIRED: Final = Refusal("40008", "Request timestamp expired")
SIGN_WRONG: Final = Refusal("40009", "sign signature error")
PASSPHRASE_MISSING: Final = Refusal("40011", "ACCESS_PASSPHRASE cannot be empty")
PASSPHRASE_WRONG: Final = Refusal("40012", "apikey/password is incorrect")
PERMISSION: Final = Refusal("40014", "Incorrect permissions, need {0} permissions")

PARAMETER_WRONG: Final = Refusal("40017", "Parameter verification failed {0}")
PARAMETER_EMPTY: Final = Refusal("40019", "Parameter {0} cannot be empty")
PARAMETER_ERROR: Final = Refusal("40020", "Parameter {0} error")
NOT_THERE: Final = Refusal("40034", "Parameter {0} does not exist")
URL_UNKNOWN: Final = Refusal("40404", "Request URL NOT FOUND", 404)
PRICE_SCALE: Final = Refusal("45115", "The price you enter should be a multiple of {0}")
SIZE_SCALE: Final = Refusal("40808", "Parameter verification exception size checkBDScale error value={0}")
MIN_SIZE: Final = Refusal("45111", "less than the minimum order quantity {0}")
MIN_VALUE: Final = Refusal("45110", "less than the minimum amount {0} USDT")
PRICE_HIGH: Final = Refusal("40815", "The order price is higher than the highest bid price {0}")
PRICE_LOW: Final = Refusal("40816", "The order price is lower than the lowest ask price {0}")

SPOT_FUNDS: Final = Refusal("43012", "Insufficient balance")
SPOT_NO_ORDER: Final = Refusal("43001", "The order does not exist")
SPOT_DUPLICATE: Final = Refusal("43118", "clientOrderId duplicate")

MIX_FUNDS: Final = Refusal("40762", "The order amount exceeds the balance")
MIX_NO_ORDER: Final = Refusal("40768", "Order does not exist")
MIX_DUPLICATE: Final = Refusal("40786", "Duplicate clientOid")
NO_ORDER_TO_CANCEL: Final = Refusal("22001", "No order to cancel")
NO_POSITION: Final = Refusal("22002", "No position to close")
POSITION_TOO_SMALL: Final = Refusal("40757", "Not enough position is available.")
HOLD_MODE: Final = Refusal(
    "40774", "The order type for unilateral position must also be the unilateral position type."
)
HOLD_MODE_FIXED: Final = Refusal("40920", "Position or order exists, the position mode cannot be switched")
MARGIN_MODE_FIXED: Final = Refusal(
    "45117", "Currently holding positions or orders, the margin mode cannot be adjusted"
)
LEVERAGE: Final = Refusal("40797", "Exceeded the maximum settable leverage")
NO_PLAN: Final = Refusal("43025", "Plan order does not exist")
STOP_ABOVE_MARK: Final = Refusal("40917", "Stop price for long positions please < mark price {0}")
STOP_BELOW_MARK: Final = Refusal("45122", "Short position stop loss price please > mark price {0}")

WS_BAD_CHANNEL: Final = 30001
WS_BAD_OPERATION: Final = 30003
WS_LOGIN_NEEDED: Final = 30004
WS_KEY_INVALID: Final = 30011
WS_PASSPHRASE_WRONG: Final = 30012
WS_TIMESTAMP_INVALID: Final = 30013
WS_TIMESTAMP_EXPIRED: Final = 30014
WS_SIGN_WRONG: Final = 30015
WS_BAD_PARAMETER: Final = 30016
"""Codes of `{"event":"error"}` on a WebSocket; they are numbers there."""

WS_WORDS: Final = {
    WS_BAD_OPERATION: "Illegal op",
    WS_LOGIN_NEEDED: "User needs to log in",
    WS_KEY_INVALID: "Invalid ACCESS_KEY",
    WS_PASSPHRASE_WRONG: "Invalid ACCESS_PASSPHRASE",
    WS_TIMESTAMP_INVALID: "Invalid ACCESS_TIMESTAMP",
    WS_TIMESTAMP_EXPIRED: "Request timestamp expired",
    WS_SIGN_WRONG: "Invalid sign",
    WS_BAD_PARAMETER: "Param error",
}
