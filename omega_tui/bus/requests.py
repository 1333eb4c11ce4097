"""What crosses a bus when one process asks another to do something: sealed, dated, and good for one time.

Pure: when a request may be carried out is decided here, from the text, the key and the time.
"""

import secrets
from typing import Final

import msgspec

from omega_tui.bus.codec import VERSION, decode_command, encode_command, seal, unseal
from omega_tui.domain.commands import Command
from omega_tui.errors import (
    NoHandler,
    OmegaError,
    OrderRefused,
    OrderRejected,
    OutcomeUnknown,
    RemoteProtocolError,
    RequestRefused,
    ServiceStateError,
)
from omega_tui.text import safe_text

MOST_DEADLINE_NS: Final = 30_000_000_000
"""The longest that a request may be good for: so long its nonce is remembered."""

AHEAD_NS: Final = 2_000_000_000
"""How far ahead of the server's clock a request may be dated."""

MOST_NONCES: Final = 20_000
"""Nonces that are remembered; a process that is asked more often within a deadline refuses the rest."""

MAX_REQUEST: Final = 64 << 10
"""Bytes of a request that is still read."""

_ENCODER = msgspec.json.Encoder(decimal_format="string")


class Request(msgspec.Struct, frozen=True):
    """One command to one process.

    Attributes:
        v: Version of the frames.
        nonce: Never used twice; the answer carries it.
        origin: The run of the process that asks, where the answer goes.
        to: The process that is asked, so that a request cannot be carried to another.
        issued_ns: When it was written, on the Redis server's clock.
        deadline_ns: Until when it may be carried out, likewise.
        command: The command, an object with its `type`.
    """

    v: int
    nonce: str
    origin: str
    to: str
    issued_ns: int
    deadline_ns: int
    command: msgspec.Raw


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a request.

    Attributes:
        v: Version of the frames.
        nonce: Of the request.
        done: Whether it was carried out.
        error: Kind of the refusal: a word of `_ERRORS`; empty when done.
        code: Stable word of the refusal, as `NOT_ARMED`.
        text: The refusal as a sentence.
        result: What the service answered; `null` for nothing.
    """

    v: int
    nonce: str
    done: bool
    error: str = ""
    code: str = ""
    text: str = ""
    result: msgspec.Raw = msgspec.field(default_factory=lambda: msgspec.Raw(b"null"))


_REQUEST_DECODER = msgspec.json.Decoder(Request)
_ANSWER_DECODER = msgspec.json.Decoder(Answer)

_ERRORS: dict[str, type[OmegaError]] = {
    "no_handler": NoHandler,
    "service_state": ServiceStateError,
    "outcome_unknown": OutcomeUnknown,
}
"""Refusals that the asking side raises as what they were, beside those of orders."""


def make_request(  # noqa: PLR0913 - a request is made of these
    command: Command, *, origin: str, to: str, now_ns: int, good_for_ns: int, key: bytes
) -> tuple[str, bytes]:
    """Return the nonce of a new request and its sealed text.

    Args:
        command: What to do.
        origin: Who asks.
        to: Which process.
        now_ns: The server's time.
        good_for_ns: How long it may be carried out; `MOST_DEADLINE_NS` at most.
        key: The shared key.
    """
    nonce = secrets.token_hex(16)
    deadline_ns = now_ns + min(good_for_ns, MOST_DEADLINE_NS)
    body = msgspec.Raw(encode_command(command))
    request = Request(VERSION, nonce, origin, to, now_ns, deadline_ns, body)
    return nonce, seal(_ENCODER.encode(request), key)


class RequestCheck:
    """Decides which requests to one run of a process may be carried out, and lets each through once.

    What was written before this run began is refused, whatever it is: the run before may have carried it out
    and died before it could say so.

    Args:
        process: Our name.
        key: The shared key.
        began_ns: When this run began to listen, on the server's clock.
    """

    def __init__(self, process: str, key: bytes, began_ns: int) -> None:
        self._process = process
        self._key = key
        self._began_ns = began_ns
        self._nonces: dict[str, int] = {}

    def admit(self, text: bytes, *, now_ns: int) -> tuple[Request, Command]:
        """Return a request that may be carried out now, with its command.

        Args:
            text: As it came.
            now_ns: The server's time.

        Raises:
            RequestRefused: It may not; nothing of it has been done.
        """
        request = self._read(text)
        code, why = self._fault(request, now_ns)
        if code:
            raise RequestRefused(code, why, nonce=request.nonce, origin=request.origin)
        self._nonces[request.nonce] = request.deadline_ns
        try:
            return request, decode_command(request.command)
        except RemoteProtocolError as error:
            raise RequestRefused(
                "MALFORMED", str(error), nonce=request.nonce, origin=request.origin
            ) from error

    def _fault(self, request: Request, now_ns: int) -> tuple[str, str]:  # noqa: PLR0911 - a list of rules
        """Return why a request may not be carried out, as code and sentence; two empty texts when it may."""
        if request.to != self._process:
            return "MISDIRECTED", f"the request is for {safe_text(request.to)}"
        if request.nonce in self._nonces:
            return "REPLAYED", "the request was made before"
        if request.issued_ns < self._began_ns:
            return "EXPIRED", "the process was started anew since: look what became of it before asking again"
        if request.issued_ns > now_ns + AHEAD_NS:
            return "EXPIRED", "the request is dated ahead"
        if now_ns > request.deadline_ns:
            late_s = (now_ns - request.deadline_ns) / 1e9
            return "EXPIRED", f"the request came {late_s:.1f} s after its deadline"
        if request.deadline_ns - request.issued_ns > MOST_DEADLINE_NS:
            return "EXPIRED", "the request is good for too long"
        if len(self._nonces) >= MOST_NONCES:
            self._nonces = {nonce: until for nonce, until in self._nonces.items() if until >= now_ns}
            if len(self._nonces) >= MOST_NONCES:
                return "FLOODED", "too many requests within one deadline"
        return "", ""

    def _read(self, text: bytes) -> Request:
        if len(text) > MAX_REQUEST:
            raise RequestRefused("MALFORMED", f"a request of {len(text)} bytes")
        try:
            body = unseal(text, self._key)
        except RemoteProtocolError as error:
            raise RequestRefused("FORGED", str(error)) from error
        try:
            request = _REQUEST_DECODER.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise RequestRefused("MALFORMED", f"a request cannot be read: {error}") from error
        if request.v != VERSION:
            raise RequestRefused("MALFORMED", f"a request of version {request.v}")
        return request


def answer_done(nonce: str, result: object, key: bytes | None) -> bytes:
    """Return the answer to a request that was carried out; msgspec must be able to encode `result`.

    It is sealed, but where there is no key: inside one console.
    """
    return _sealed(Answer(VERSION, nonce, done=True, result=msgspec.Raw(_ENCODER.encode(result))), key)


def answer_refused(nonce: str, error: OmegaError, key: bytes | None) -> bytes:
    """Return the answer to a request that was refused, sealed likewise."""
    match error:
        case OrderRejected(code=code):
            kind = "order_rejected"
        case OrderRefused(code=code):
            kind = "order_refused"
        case RequestRefused(code=code):
            kind = "request_refused"
        case _:
            code = str(getattr(error, "code", ""))
            kind = next((word for word, known in _ERRORS.items() if isinstance(error, known)), "refused")
    text = safe_text(str(error) or type(error).__name__, max_cells=1_000)
    return _sealed(Answer(VERSION, nonce, done=False, error=kind, code=code, text=text), key)


def read_answer(text: bytes, key: bytes | None) -> Answer:
    """Return an answer; without a key it needs no seal.

    Raises:
        RemoteProtocolError: It was not sealed with the key, or cannot be read.
    """
    try:
        answer = _ANSWER_DECODER.decode(unseal(text, key))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RemoteProtocolError(f"bus: an answer cannot be read: {error}") from error
    if answer.v != VERSION:
        raise RemoteProtocolError(f"bus: an answer of version {answer.v}")
    return answer


def refusal(answer: Answer) -> OmegaError:
    """Return what an answer that is not `done` should be raised as."""
    text = safe_text(answer.text, max_cells=1_000)
    match answer.error:
        case "order_rejected":
            return OrderRejected(safe_text(answer.code), text)
        case "order_refused":
            return OrderRefused(safe_text(answer.code), text)
        case "request_refused":
            return RequestRefused(safe_text(answer.code), text)
        case word if word in _ERRORS:
            return _ERRORS[word](text)
        case _:
            return OmegaError(text)


def _sealed(answer: Answer, key: bytes | None) -> bytes:
    return seal(_ENCODER.encode(answer), key)
