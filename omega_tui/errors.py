"""Every exception of the program, in one tree.

```
OmegaError
├── ConfigError            the configuration is wrong: file, line, key, found, allowed
├── ProtocolError
│   ├── LocalProtocolError     we were about to break the rules: our bug
│   └── RemoteProtocolError    they did: the connection is restarted, the event counted
├── StreamError            the streaming service
│   ├── WebSocketError         a socket could not be opened or kept
│   ├── ParsingError           a frame or a recording could not be read
│   ├── StateError             a call that the present state does not allow
│   └── AuthenticationError    the venue refused the credentials
├── BusError
│   ├── SubscriberOverrun      a reader fell behind its bound and was closed
│   ├── SubscriptionClosed     there is nothing more to read
│   └── RequestRefused         a request over the bus is not carried out, because of what it is
├── ServiceError
│   ├── ServiceStateError      a life-cycle step that the table does not have
│   └── NoHandler              no service takes this command
├── VenueError
│   ├── VenueRefused           the venue said no; nothing was accepted
│   ├── VenueUnreachable       nothing was sent: certain
│   └── OutcomeUnknown         something may have been sent: the order may or may not exist
├── OrderRefused           refused here, before anything was journaled or sent: code and sentence
│   └── OrderRejected          refused by the venue: it was sent, and is journaled as REJECTED
├── PhraseError            a line of the order language: what is wrong, where, what is allowed
├── JournalError           the journal cannot be read or written
├── OutputError            what a command prints cannot be written
├── LessonError            a lesson, a source or a tip is not what it must be: file, line, what
├── ExpressionError        an expression of a lesson or a tip cannot be computed
├── ProgressError          what was learned cannot be read or written
├── AlertsError            price alerts cannot be kept, or one cannot be set
├── TeachingRefused        the teacher cannot do what was asked: code and sentence
└── SimError               the embedded exchange was asked for something it does not have
```
"""

from pathlib import Path


class OmegaError(Exception):
    """The root: everything that the program raises on purpose."""


class ConfigError(OmegaError):
    """The configuration is wrong.

    Attributes:
        source: File, environment variable or flag that carries the value.
        line: Line in the file, from 1; None where there is none.
        key: Dotted key, as `streaming.ping_interval_s`.
        found: What was there, as text.
        allowed: What may be there, in words.
    """

    def __init__(
        self, *, source: str | Path, key: str, found: str, allowed: str, line: int | None = None
    ) -> None:
        self.source = str(source)
        self.line = line
        self.key = key
        self.found = found
        self.allowed = allowed
        super().__init__(source, key, found, allowed, line)

    def __str__(self) -> str:
        where = self.source if self.line is None else f"{self.source}, line {self.line}"
        return f"{where}: {self.key}: found {self.found}; allowed: {self.allowed}"


class ProtocolError(OmegaError):
    """Somebody broke a wire protocol."""


class LocalProtocolError(ProtocolError):
    """We were about to break the rules: a bug of ours."""


class RemoteProtocolError(ProtocolError):
    """The other side broke the rules."""


class StreamError(OmegaError):
    """The streaming service could not do what was asked."""


class WebSocketError(StreamError):
    """A socket could not be opened or kept."""


class ParsingError(StreamError):
    """A frame or a recording could not be read."""


class StateError(StreamError):
    """The call does not fit the present state, as reading a book that was never subscribed."""


class AuthenticationError(StreamError):
    """The venue refused the credentials; trying again with the same ones is of no use."""


class BusError(OmegaError):
    """The event bus."""


class SubscriberOverrun(BusError):
    """A reader fell behind its bound; it was closed and must resync from shared state.

    Attributes:
        limit: How many unread events were allowed.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(limit)

    def __str__(self) -> str:
        return f"the reader left more than {self.limit} events unread and was closed"


class SubscriptionClosed(BusError):
    """The subscription was closed and everything in it has been read."""


class RequestRefused(BusError):
    """A request over the bus was not carried out, because of what it is and not of what it asks.

    Attributes:
        code: `FORGED`, `REPLAYED`, `EXPIRED`, `MISDIRECTED`, `MALFORMED`, `FLOODED` or `CLOSED`.
        nonce: Of the request; empty where it could not be read.
        origin: Who asked; likewise.
    """

    def __init__(self, code: str, message: str, *, nonce: str = "", origin: str = "") -> None:
        self.code = code
        self.nonce = nonce
        self.origin = origin
        super().__init__(message)


class ServiceError(OmegaError):
    """The service framework."""


class ServiceStateError(ServiceError):
    """A life-cycle step that the table does not have."""


class NoHandler(ServiceError):
    """No service takes this command."""


class VenueError(OmegaError):
    """A venue did not do what was asked.

    Attributes:
        venue: Which one.
        code: A stable word for programs, as `RATE_LIMIT`; empty where the venue gives none.
    """

    def __init__(self, message: str, *, venue: str = "", code: str = "") -> None:
        self.venue = venue
        self.code = code
        super().__init__(message)


class VenueRefused(VenueError):
    """The venue said no in words of its own: nothing was accepted."""


class VenueUnreachable(VenueError):
    """Not one byte was sent; the request certainly did not arrive."""


class OutcomeUnknown(VenueError):
    """Bytes may have left and no usable answer came: the venue must be asked, nothing is sent again."""


class OrderRefused(OmegaError):
    """An order was refused here, before anything was journaled or sent.

    Attributes:
        code: Stable and tested, as `TICK` or `NOT_ARMED`; the sentence may change.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class OrderRejected(OrderRefused):
    """An order was refused by the venue, or could not be sent to it (`NOT_SENT`); it is journaled so."""


class PhraseError(OmegaError):
    """A line of the order language means nothing.

    Attributes:
        start: Where in the line the word begins that is wrong.
        end: Where it ends; past the end of the line when a word is missing.
        allowed: What may stand there, in words or as examples.
    """

    def __init__(self, message: str, start: int, end: int, allowed: tuple[str, ...] = ()) -> None:
        self.message = message
        self.start = start
        self.end = end
        self.allowed = allowed
        super().__init__(message)

    def __str__(self) -> str:
        return f"{self.message}: {', '.join(self.allowed)}" if self.allowed else self.message


class JournalError(OmegaError):
    """The journal cannot be read or written."""


class OutputError(OmegaError):
    """What a command prints cannot be written, as on a full disk."""


class LessonError(OmegaError):
    """A lesson, the list of sources or a rule for a tip is not what it must be.

    Attributes:
        file: Its name.
        line: Where in it, from 1; 0 for the file as a whole.
        problem: What is wrong, in words.
    """

    def __init__(self, file: str, line: int, problem: str) -> None:
        self.file = file
        self.line = line
        self.problem = problem
        super().__init__(file, line, problem)

    def __str__(self) -> str:
        where = f"{self.file}, line {self.line}" if self.line else self.file
        return f"{where}: {self.problem}"


class ExpressionError(OmegaError):
    """An expression of a lesson or a tip cannot be computed; the sentence says why."""


class ProgressError(OmegaError):
    """What was learned cannot be read or written."""


class AlertsError(OmegaError):
    """Price alerts cannot be read or written, or one cannot be set; the sentence says why."""


class TeachingRefused(OmegaError):
    """The teacher cannot do what was asked.

    Attributes:
        code: Stable and tested, as `NO_SUCH_LESSON`; the sentence may change.
    """

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class SimError(OmegaError):
    """The embedded exchange was asked for something it does not have."""
