"""What an answer to a place or a cancel proves: definite failure, existence, or nothing.

Pure functions of what happened. The rules are order safety, section 4, and faults R1 to R16. Whatever they do
not list is `Unknown`: an order wrongly called dead is sent twice, one wrongly called unknown is asked about.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final

from omega_tui.errors import RemoteProtocolError
from omega_tui.protocol.polymarket.order_answers import (
    PlaceAnswer,
    decode_cancel_answer,
    decode_place,
    decode_places,
)
from omega_tui.protocol.polymarket.refusals import Code, cancel_code_of, code_of, error_sentence
from omega_tui.text import safe_text


class Transport(StrEnum):
    """How an exchange ended without a whole answer."""

    NOT_CONNECTED = "NOT_CONNECTED"
    """The socket never connected: no byte left, certainly."""
    TIMEOUT = "TIMEOUT"
    RESET = "RESET"
    CUT = "CUT"
    """The body ended early or grew beyond its bound."""
    INTERRUPTED = "INTERRUPTED"
    """Our own task was canceled."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A whole answer.

    Attributes:
        status: HTTP status.
        body: All of it.
        headers: Must find names in any case.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DefiniteFailure:
    """The order was certainly not accepted, or the cancel certainly did nothing.

    Attributes:
        code: Stable.
        reason: A sentence, safe to show.
    """

    code: Code
    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing is proven: ask the venue, send nothing again.

    Attributes:
        code: Stable.
        reason: A sentence, safe to show.
        retry_after_s: How long the venue wants to be left alone; 0 where it does not say.
    """

    code: Code
    reason: str
    retry_after_s: int = 0


@dataclass(frozen=True, slots=True)
class Exists:
    """The venue has, or had, the order.

    Attributes:
        venue_order_id: Ours, as expected.
        status: live, matched, delayed, unmatched; empty where the answer does not say: then ask.
        making_amount: What was given at once; None where not said.
        taking_amount: What was got at once; None where not said.
        trade_ids: Of the executions.
        transaction_hashes: Of their settlement.
    """

    venue_order_id: str
    status: str = ""
    making_amount: Decimal | None = None
    taking_amount: Decimal | None = None
    trade_ids: tuple[str, ...] = ()
    transaction_hashes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Canceled:
    """The order is canceled now. Fills from before may still arrive.

    Attributes:
        venue_order_id: Whose cancel it was.
    """

    venue_order_id: str


PlaceOutcome = DefiniteFailure | Unknown | Exists
CancelOutcome = DefiniteFailure | Unknown | Canceled

_PLACED_STATUSES: Final = frozenset({"", "live", "matched", "delayed", "unmatched"})

_UNPROVEN: Final = frozenset({Code.EXECUTION, Code.DELAYED, Code.RATE_LIMIT})
"""Sentences after which the order may exist all the same."""

_PLAIN_REFUSALS: Final = frozenset({400, 401, 403})
_SERVER_ERRORS: Final = range(500, 600)


# --- place


def classify_place(happened: Transport | HttpAnswer, expected_id: str) -> PlaceOutcome:
    """Say what an answer to `POST /order` proves about the order whose id is `expected_id`."""
    if isinstance(happened, Transport):
        return _of_transport(happened)
    if happened.status != 200:
        return _of_error_status(happened, expected_id)
    try:
        answer = decode_place(happened.body)
    except RemoteProtocolError as error:
        return _not_understood(error)
    if answer.success is None:
        return _of_flagless(happened.body)
    return _of_place_answer(answer, expected_id)


def classify_places(happened: Transport | HttpAnswer, expected_ids: Sequence[str]) -> dict[str, PlaceOutcome]:
    """Say what an answer to `POST /orders` proves about each order, by id and never by position (R13).

    An order that the answer does not name is unknown, also when the answer holds refusals without an id.
    """
    if isinstance(happened, Transport) or happened.status != 200:
        return {expected_id: classify_place(happened, expected_id) for expected_id in expected_ids}
    try:
        answers = decode_places(happened.body)
    except RemoteProtocolError as error:
        return dict.fromkeys(expected_ids, _not_understood(error))
    named: dict[str, list[PlaceAnswer]] = {}
    for answer in answers:
        named.setdefault(answer.order_id.lower(), []).append(answer)
    return {
        expected_id: _of_batch(named.get(expected_id.lower(), []), expected_id)
        for expected_id in expected_ids
    }


def _of_batch(answers: list[PlaceAnswer], expected_id: str) -> PlaceOutcome:
    match answers:
        case [answer] if answer.success is not None:
            return _of_place_answer(answer, expected_id)
        case []:
            return Unknown(Code.MISSING, "the venue's answer to the batch does not name this order")
        case _:
            return Unknown(
                Code.CONTRADICTION, "the venue's answer to the batch is not one clear word on this order"
            )


def _of_place_answer(answer: PlaceAnswer, expected_id: str) -> PlaceOutcome:
    named = answer.order_id.lower()
    if named and named != expected_id.lower():
        return Unknown(
            Code.OTHER_ORDER, f"the venue answered about another order, {safe_text(answer.order_id)}"
        )
    if answer.error_message or not answer.success:
        return _of_refusal(answer, expected_id)
    if not named:
        return Unknown(Code.MISSING, "the venue says success and names no order")
    if answer.status not in _PLACED_STATUSES:
        return Unknown(Code.NOT_UNDERSTOOD, f"success with the status {safe_text(answer.status)}")
    return Exists(
        expected_id,
        answer.status,
        answer.making_amount,
        answer.taking_amount,
        answer.trade_ids,
        answer.transaction_hashes,
    )


def _of_refusal(answer: PlaceAnswer, expected_id: str) -> PlaceOutcome:
    """Judge `success: false`, and `success: true` with an error: the venue sends both."""
    code = code_of(answer.error_message)
    reason = safe_text(answer.error_message) if answer.error_message else "the venue refused without a reason"
    if code is Code.DUPLICATE:
        return Exists(expected_id)
    placed = answer.success and answer.status in {"live", "matched"}
    if placed or answer.trade_ids or answer.transaction_hashes or answer.taking_amount:
        return Unknown(Code.CONTRADICTION, f"the venue refused, yet speaks of a placed order: {reason}")
    if code in _UNPROVEN:
        return Unknown(code, reason)
    if answer.success and code is Code.REFUSED:
        return Unknown(Code.NOT_UNDERSTOOD, f"the venue says success, and: {reason}")
    return DefiniteFailure(code, reason)


def _of_flagless(body: bytes) -> PlaceOutcome:
    """Judge a 200 without `success`: the version's mismatch is the one refusal that is sent like that."""
    sentence = error_sentence(body)
    if sentence is not None and code_of(sentence) is Code.VERSION:
        return DefiniteFailure(Code.VERSION, safe_text(sentence))
    return Unknown(Code.NOT_UNDERSTOOD, f"the venue answered without saying success: {_head(body)}")


def _of_error_status(answer: HttpAnswer, expected_id: str) -> PlaceOutcome:
    sentence = error_sentence(answer.body)
    if sentence is not None:
        code = code_of(sentence)
        if answer.status in _PLAIN_REFUSALS:
            if code is Code.DUPLICATE:
                return Exists(expected_id)
            if code in _UNPROVEN:
                return Unknown(code, safe_text(sentence), _retry_after_s(answer))
            if code is Code.REFUSED and answer.status != 400:
                code = Code.AUTH
            return DefiniteFailure(code, safe_text(sentence))
        if answer.status == 503 and code in {Code.TRADING_DISABLED, Code.CANCEL_ONLY}:
            return DefiniteFailure(code, safe_text(sentence))
    return _unknown_status(answer, sentence)


# --- cancel


def classify_cancel(happened: Transport | HttpAnswer, order_id: str) -> CancelOutcome:
    """Say what an answer to a cancel proves about the order `order_id`.

    A failure means that *this* cancel did nothing; with ALREADY_DONE the order has to be asked for. Cancels
    may be repeated after any outcome but `Canceled`.
    """
    return classify_cancels(happened, [order_id])[order_id]


def classify_cancels(happened: Transport | HttpAnswer, order_ids: Iterable[str]) -> dict[str, CancelOutcome]:
    """Say what an answer to a cancel of many, a market or everything proves about each of `order_ids`."""
    judge = _cancel_judge(happened)
    return {order_id: judge(order_id) for order_id in order_ids}


def _cancel_judge(happened: Transport | HttpAnswer) -> Callable[[str], CancelOutcome]:
    if isinstance(happened, Transport):
        outcome: CancelOutcome = _of_transport(happened)
        return lambda _: outcome
    if happened.status != 200:
        refusal = _of_cancel_status(happened)
        return lambda _: refusal
    try:
        answer = decode_cancel_answer(happened.body)
    except RemoteProtocolError as error:
        unclear = _not_understood(error)
        return lambda _: unclear
    canceled = {order_id.lower() for order_id in answer.canceled}
    refused = {order_id.lower(): reason for order_id, reason in answer.not_canceled.items()}
    return lambda order_id: _of_cancel_answer(order_id, canceled, refused)


def _of_cancel_answer(order_id: str, canceled: set[str], refused: Mapping[str, str]) -> CancelOutcome:
    key = order_id.lower()
    if key in canceled:
        if key in refused:
            return Unknown(Code.CONTRADICTION, "the venue says both canceled and not canceled")
        return Canceled(order_id)
    if key in refused:
        return DefiniteFailure(cancel_code_of(refused[key]), safe_text(refused[key]))
    return Unknown(Code.MISSING, "the venue's answer to the cancel does not name this order")


def _of_cancel_status(answer: HttpAnswer) -> DefiniteFailure | Unknown:
    sentence = error_sentence(answer.body)
    if sentence is not None and answer.status in _PLAIN_REFUSALS:
        code = cancel_code_of(sentence)
        if code is Code.REFUSED and answer.status != 400:
            code = Code.AUTH
        if code is not Code.RATE_LIMIT:
            return DefiniteFailure(code, safe_text(sentence))
    return _unknown_status(answer, sentence)


# --- what both share

_TRANSPORT: Final[Mapping[Transport, Unknown]] = {
    Transport.TIMEOUT: Unknown(Code.TIMEOUT, "no answer came in time"),
    Transport.RESET: Unknown(Code.RESET, "the connection broke before an answer came"),
    Transport.CUT: Unknown(Code.CUT, "the answer was cut off"),
    Transport.INTERRUPTED: Unknown(Code.INTERRUPTED, "the program stopped waiting for the answer"),
}


def _of_transport(happened: Transport) -> DefiniteFailure | Unknown:
    if happened is Transport.NOT_CONNECTED:
        return DefiniteFailure(Code.NOT_SENT, "there was no connection; nothing was sent")
    return _TRANSPORT[happened]


def _unknown_status(answer: HttpAnswer, sentence: str | None) -> Unknown:
    """Judge a status that proves nothing; the code says what the venue may be going through."""
    said = safe_text(sentence) if sentence is not None else _head(answer.body)
    reason = f"HTTP {answer.status}: {said}"
    retry_after_s = _retry_after_s(answer)
    if answer.status in {418, 429} or (sentence is not None and code_of(sentence) is Code.RATE_LIMIT):
        return Unknown(Code.RATE_LIMIT, reason, retry_after_s)
    if answer.status == 425:
        return Unknown(Code.RESTARTING, reason, retry_after_s)
    if answer.status == 408:
        return Unknown(Code.TIMEOUT, reason, retry_after_s)
    if answer.status in _SERVER_ERRORS:
        return Unknown(Code.SERVER_ERROR, reason, retry_after_s)
    return Unknown(Code.NOT_UNDERSTOOD, reason, retry_after_s)


def _retry_after_s(answer: HttpAnswer) -> int:
    """Return the seconds of `Retry-After`; a date there, which the venue does not send, counts as none."""
    text = answer.headers.get("Retry-After", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0


def _not_understood(error: RemoteProtocolError) -> Unknown:
    return Unknown(Code.NOT_UNDERSTOOD, f"the venue's answer cannot be read: {safe_text(str(error))}")


def _head(body: bytes) -> str:
    return safe_text(body[:400].decode("utf-8", "replace"))
