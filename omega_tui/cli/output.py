"""How headless commands print: JSON lines for programs, plain columns for people."""

import sys
from collections.abc import Iterable, Sequence

import msgspec

from omega_tui.domain.events import Event

_ENCODER = msgspec.json.Encoder(decimal_format="string")


def json_text(value: object) -> str:
    """Return `value` as one line of JSON. Decimals are text, exactly as they are."""
    return _ENCODER.encode(value).decode()


def print_json(value: object) -> None:
    """Print one line of JSON and flush it, so that a reader of a pipe sees it at once."""
    sys.stdout.write(json_text(value) + "\n")
    sys.stdout.flush()


def event_fields(event: Event) -> dict[str, object]:
    """Return an event as a flat dictionary with its kind first."""
    fields = msgspec.to_builtins(event, builtin_types=())
    assert isinstance(fields, dict), "events are dataclasses"
    return {"kind": event.kind, **fields}


def print_columns(header: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Print a table whose columns are as wide as their widest cell; those in `right` are right-aligned."""
    table = [tuple(header), *(tuple(row) for row in rows)]
    widths = [max(len(row[column]) for row in table) for column in range(len(header))]
    for row in table:
        cells = (
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
    sys.stdout.flush()
