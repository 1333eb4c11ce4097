"""`omega-tui status`: who is on the bus, and how every service does."""

import asyncio
from datetime import UTC, datetime

import msgspec

from omega_tui.bus.card import Card
from omega_tui.cli.exit_codes import DONE, UNREACHABLE
from omega_tui.cli.options import complain, configuration, parser
from omega_tui.cli.output import json_line, print_columns, write, write_bytes
from omega_tui.errors import BusError, ConfigError
from omega_tui.runtime.attaching import find_cards, needed_address
from omega_tui.text import safe_text


def run(argv: list[str]) -> int:
    """Print every process that shares the bus, with its services."""
    about = "Services with state, health and metrics, in every process on a bus."
    options = parser("status", about, flags=[])
    options.add_argument("--bus", metavar="URL", help="the Redis server; the configured one by default")
    options.add_argument("--json", action="store_true", help="one JSON object a process and line")
    options.add_argument("--metrics", action="store_true", help="for people: every metric too")
    arguments = options.parse_args(argv)
    try:
        loaded = configuration(arguments)
        address = needed_address(loaded, arguments.bus)
        cards = asyncio.run(find_cards(address, loaded.config.bus.prefix))
    except ConfigError as error:
        return complain("status", error)
    except BusError as error:
        complain("status", error)
        return UNREACHABLE
    if arguments.json:
        write_bytes(b"".join(json_line(msgspec.to_builtins(card)) for card in cards))
    elif not cards:
        write(f"nobody is on {address.shown}; `omega-tui engine` starts an engine\n")
    else:
        for card in cards:
            _print(card, metrics=arguments.metrics)
    return DONE


def _print(card: Card, *, metrics: bool) -> None:
    started = datetime.fromtimestamp(card.started_ns / 1e9, UTC).strftime("%Y-%m-%d %H:%M:%S")
    takes = "takes commands" if card.accepts_commands else "takes no commands"
    name, host = safe_text(card.process), safe_text(card.host)
    write(f"{name}  {host} pid {card.pid}  {safe_text(card.version)}  since {started} UTC  {takes}\n")
    rows = [
        (f"  {safe_text(one.service)}", safe_text(one.state), str(one.restarts), safe_text(one.reason or "-"))
        for one in card.services
    ]
    print_columns(("  service", "state", "restarts", "reason"), rows, right=(2,))
    if metrics:
        values = [
            (f"  {safe_text(one.service)}", safe_text(metric), f"{value:g}")
            for one in card.services
            for metric, value in one.metrics.items()
        ]
        print_columns(("  service", "metric", "value"), values, right=(2,))
