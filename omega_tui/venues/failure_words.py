"""Why a connection to a venue failed, in our words: those of a library name its classes and our addresses."""

import errno
import os
import socket
import ssl

_CUT = "the other side cut the connection"
BROKE_OFF = "the answer broke off"
NO_HTTP = "what answers there does not speak HTTP"

_WORDS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: _CUT,
    errno.EPIPE: _CUT,
    errno.ENETUNREACH: "the network cannot be reached",
    errno.EHOSTUNREACH: "the host cannot be reached",
    errno.ETIMEDOUT: "no connection in time",
}
"""By the system's number of the error; for others the system's own text."""


def failure_words(error: BaseException) -> str:
    """Return why a connection failed or broke, as a sentence without its full stop.

    Nothing that the other side sent is in it, and no address: those of requests may carry signatures.

    Args:
        error: Of the system, of TLS, or of a library; a library's are told by what they were caused by.
    """
    causes = _causes(error)
    return next((words for words in map(_of_security_or_time, causes) if words), "") or next(
        (words for words in map(_of_the_system, causes) if words), ""
    )


def _of_security_or_time(cause: BaseException) -> str:
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = getattr(cause, "verify_message", "")  # Of OpenSSL; where it is not what refused, there is none.
        return f"its certificate is not accepted: {why or 'it cannot be verified'}"
    if isinstance(cause, ssl.SSLError):
        return "no secure connection could be agreed on"
    if isinstance(cause, socket.gaierror):
        return "the name of the host is not known"
    return "no connection in time" if isinstance(cause, TimeoutError) else ""


def _of_the_system(cause: BaseException) -> str:
    if isinstance(cause, OSError) and cause.errno:
        return _WORDS.get(cause.errno) or os.strerror(cause.errno).lower()
    if isinstance(cause, ConnectionError | EOFError):  # `asyncio.IncompleteReadError` is of the second kind.
        return _CUT
    return ""


def _causes(error: BaseException) -> list[BaseException]:
    """Return an error and what it came from, the last cause first; a library wraps them."""
    found: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in found:
        found.append(following)
        following = getattr(following, "os_error", None) or following.__cause__ or following.__context__
    found.reverse()
    return found
