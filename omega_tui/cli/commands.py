"""The names of the sub-commands, and how `--help` shows them."""

from collections.abc import Mapping
from typing import Final

COMMANDS: Final[Mapping[str, str]] = {
    "sim": "the embedded exchange alone, on loopback",
    "replay": "play a recording in the console, or headless",
    "engine": "the runtime without a screen, on a Redis server",
    "status": "services with state, health and metrics, in every process on a Redis server",
    "schema": "the shapes of events and commands, as JSON Schema",
    "stream": "print market events until interrupted",
    "book": "print an order book and the state of its check",
    "markets": "list what can be traded at a venue",
    "candles": "print candles",
    "ticker": "print the venue's summary of instruments",
    "orders": "list the open orders of the account",
    "positions": "list what the account holds",
    "balances": "list the account's money and coins",
    "trades": "list the account's fills, or a market's public prints",
    "order": "place an order, after showing it and asking",
    "cancel": "cancel orders, after showing them and asking",
    "kill": "the kill switch from another terminal: halt, cancel, report",
    "learn": "lessons, questions, what is due and what you know",
    "doctor": "check this machine and a venue, and say what to do",
    "keys": "keep API keys in the keychain of the system",
    "fib": "print the Fibonacci levels of a leg",
    "patterns": "find candlestick and chart patterns in a file of bars",
    "size": "print the size at which a stop costs what was meant",
    "config": "print the effective configuration and where each value comes from",
    "screenshot": "draw a screen as SVG",
}
"""Every sub-command; the module of the same name in `omega_tui.cli` carries it."""


def commands_help() -> str:
    """Return the list of sub-commands as it stands below the options of the console."""
    rows = "\n".join(f"  {name:12}{words}" for name, words in COMMANDS.items())
    return f"commands:\n{rows}\n\n`omega-tui COMMAND --help` explains each of them."
