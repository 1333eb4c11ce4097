"""Why a connection failed, in words of ours and nobody else's."""

import asyncio
import errno
import socket
import ssl

import pytest

from omega_tui.venues.failure_words import failure_words

SECRET = "signature=0xdeadbeef"


def caused(outer, inner):
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, SECRET), "connection refused"),
        (
            caused(ValueError(SECRET), ConnectionRefusedError(errno.ECONNREFUSED, SECRET)),
            "connection refused",
        ),
        (socket.gaierror(-2, SECRET), "the name of the host is not known"),
        (TimeoutError(SECRET), "no connection in time"),
        (ssl.SSLError(1, SECRET), "no secure connection could be agreed on"),
        (OSError(errno.EMFILE, SECRET), "too many open files"),
        (asyncio.IncompleteReadError(SECRET.encode(), 100), "the other side cut the connection"),
        (
            caused(OSError(errno.EIO, SECRET), ssl.SSLError(1, SECRET)),
            "no secure connection could be agreed on",
        ),
        (ValueError(SECRET), ""),
    ],
)
def test_a_failure_is_told_by_what_caused_it_and_never_in_the_librarys_words(error, words):
    assert failure_words(error) == words


def test_a_certificate_that_is_not_accepted_says_why():
    error = ssl.SSLCertVerificationError(1, SECRET)
    error.verify_message = "certificate has expired"
    assert failure_words(error) == "its certificate is not accepted: certificate has expired"


def test_errors_that_name_each_other_end():
    one, other = ValueError(SECRET), ValueError(SECRET)
    one.__context__, other.__context__ = other, one
    assert not failure_words(one)
