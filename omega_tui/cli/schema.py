"""`omega-tui schema`: what crosses the bus and what `stream --json` prints, as JSON Schema."""

import msgspec

from omega_tui.bus.card import Card
from omega_tui.bus.codec import VERSION, Frame, command_types, event_types
from omega_tui.bus.requests import Answer, Request
from omega_tui.cli.exit_codes import DONE
from omega_tui.cli.options import parser
from omega_tui.cli.output import json_line, write, write_bytes


def run(argv: list[str]) -> int:
    """Print the schema; for people, the words alone."""
    options = parser("schema", "The shapes of events and commands, generated from the types.", flags=[])
    options.add_argument("--json", action="store_true", help="one JSON Schema document (2020-12)")
    arguments = options.parse_args(argv)
    if arguments.json:
        write_bytes(json_line(document()))
        return DONE
    rows = ["events (kind, and how they are buffered):"]
    for kind, known in event_types().items():
        rows.append(f"  {kind:18}{'every one' if known.lossless else 'the latest per key'}")
    rows += ["commands (type):", *(f"  {name}" for name in command_types())]
    write("\n".join(rows) + "\n")
    return DONE


def document() -> dict[str, object]:
    """Return the schema of everything that crosses the bus."""
    events, commands = event_types(), command_types()
    wire = (Frame, Card, Request, Answer)
    _, parts = msgspec.json.schema_components(
        [*events.values(), *commands.values(), *wire], ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "omega-tui",
        "version": VERSION,
        "events": {
            kind: {"$ref": f"#/$defs/{known.__name__}", "lossless": known.lossless}
            for kind, known in events.items()
        },
        "commands": {name: {"$ref": f"#/$defs/{known.__name__}"} for name, known in commands.items()},
        "messages": {known.__name__.lower(): {"$ref": f"#/$defs/{known.__name__}"} for known in wire},
        "$defs": parts,
    }
