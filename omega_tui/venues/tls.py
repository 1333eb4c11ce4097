"""How connections to venues are secured: the usual checks of certificate and host."""

import ssl
from functools import cache


@cache
def client_context(cafile: str | None = None) -> ssl.SSLContext:
    """Return the context of every connection that trusts the same authorities.

    Reading them takes 50 ms, in which a loop stands still: they are read once. The variable SSLKEYLOGFILE
    has no effect.

    Args:
        cafile: The authorities; None for those of the system.
    """
    context = ssl.create_default_context(cafile=cafile)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.keylog_filename = None  # type: ignore[assignment]  # typeshed: the setter takes None
    return context
