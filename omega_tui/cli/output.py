"""How headless commands print: JSON lines for programs, plain columns for people."""

import sys
from collections.abc import Iterable, Sequence

import msgspec

from omega_tui.domain.events.base import Event
from omega_tui.errors import OutputError

_ENCODER = msgspec.json.Encoder(decimal_format="string")


def write(text: str) -> None:
    """Write text for people to standard output at once.

    Raises:
        BrokenPipeError: Nobody reads any more.
        OutputError: It cannot be written.
    """
    write_bytes(text.encode(sys.stdout.encoding, "backslashreplace"))


def write_bytes(data: bytes) -> None:
    """Write bytes to standard output at once, so that a reader of a pipe sees them; errors as in `write`."""
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write the output: {error.strerror}") from error


def json_line(value: object) -> bytes:
    """Return `value` as one line of JSON: UTF-8 in every locale, Decimals as text exactly as they are."""
    return _ENCODER.encode(value) + b"\n"


def print_json(value: object) -> None:
    """Print one line of JSON; errors as in `write`."""
    write_bytes(json_line(value))


def event_fields(event: Event) -> dict[str, object]:
    """Return an event as a flat dictionary with its kind first."""
    fields = msgspec.to_builtins(event, builtin_types=())
    assert isinstance(fields, dict), "events are dataclasses"
    return {"kind": event.kind, **fields}


def print_columns(header: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Print a table whose columns are as wide as their widest cell; those in `right` are right-aligned.

    Errors as in `write`.
    """
    table = [tuple(header), *(tuple(row) for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    lines = []
    for row in table:
        cells = (
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join(cells).rstrip() + "\n")
    write("".join(lines))
