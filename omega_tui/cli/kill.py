"""`omega-tui kill`: the kill switch from another terminal, also when the console hangs or is gone.

Every console of this user is told; each halts, cancels, and reports order by order. A venue that is named is
then asked with a client of this command's own, whether a console runs or not.
"""

import os
import socket
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from omega_tui.cli.exit_codes import DONE, REFUSED_HERE, UNKNOWN
from omega_tui.cli.options import configuration
from omega_tui.cli.output import write
from omega_tui.cli.trading import exchange_at, trading_parser
from omega_tui.cli.venue_options import choice_of, run_command, tell
from omega_tui.config.folders import state_folder
from omega_tui.domain.commands import Kill
from omega_tui.domain.events.status import Alert, Severity
from omega_tui.errors import JournalError
from omega_tui.services.exchange import ExchangeService
from omega_tui.services.kill_socket import DONE as LAST_LINE
from omega_tui.services.kill_socket import PREFIX, SUFFIX, address_of

ANSWER_S: Final = 10.0
"""A kill reports within five seconds; a console that says nothing for so long is stuck."""


def run(argv: list[str]) -> int:
    """Kill."""
    options = trading_parser("kill", "Disarm, halt and cancel: in every console of yours, or at a venue.")
    options.add_argument("--all", action="store_true", help="cancel reduce-only orders too")
    options.add_argument("--live", metavar="VENUE", help="at a venue with real money; names it")
    arguments = options.parse_args(argv)

    async def main() -> int:
        folder = state_folder(configuration(arguments).config.storage, os.environ)
        answers = [answer for path in sockets_in(folder) if (answer := told(path, everything=arguments.all))]
        for answer in answers:
            write("".join(f"{line}\n" for line in answer))
        codes = [UNKNOWN for answer in answers for line in answer if line.startswith(Severity.ALARM)]
        if arguments.venue is None and arguments.live is None:
            if not answers:
                sys.stderr.write(
                    "No console answers. --venue NAME cancels at a venue with a client of its own.\n"
                )
                return REFUSED_HERE
            return max(codes, default=DONE)
        async with AsyncExitStack() as stack:
            try:
                own = exchange_at(choice_of(arguments, read_only=False))
                exchange = await stack.enter_async_context(own)
            except JournalError:
                tell("A console with this account runs: the venue is asked directly.")
                asking = exchange_at(choice_of(arguments, read_only=True))
                exchange = await stack.enter_async_context(asking)
                left = [one for one in await exchange.cancel_orders() if not one.is_done]
                write(f"{len(left)} orders may still work.\n" if left else "No order works any more.\n")
                return UNKNOWN if left else max(codes, default=DONE)
            return max([*codes, await _kill_at(exchange, everything=arguments.all)])

    return run_command("kill", main)


def sockets_in(folder: Path) -> list[Path]:
    """Return the socket files of consoles, the oldest first."""
    try:
        return sorted(folder.glob(f"{PREFIX}*{SUFFIX}"), key=lambda path: path.stat().st_mtime)
    except OSError:
        return []


def told(path: Path, *, everything: bool) -> list[str]:
    """Tell one console; return what it reports, nothing where there is none any more."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as console:
        console.settimeout(ANSWER_S)
        try:
            with address_of(path) as address:
                console.connect(address)
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)  # It died without taking its file away.
            return []
        except OSError as error:
            why = error.strerror or str(error)
            return [f"{Severity.ALARM} a console cannot be reached ({why}): name its venue with --venue"]
        try:
            console.sendall(b"kill all\n" if everything else b"kill\n")
            answer = b""
            while not answer.endswith(f"{LAST_LINE}\n".encode()):
                part = console.recv(65_536)
                if not part:
                    break
                answer += part
        except OSError:
            return [f"{Severity.ALARM} a console does not answer: name its venue with --venue"]
    lines = answer.decode(errors="replace").splitlines()
    return [line for line in lines if line != LAST_LINE] or [
        f"{Severity.ALARM} a console ended before it answered"
    ]


async def _kill_at(exchange: ExchangeService, *, everything: bool) -> int:
    """Halt the account, which its journal keeps, and cancel."""
    reports = exchange.platform.bus.subscribe(Alert)
    await exchange.process(Kill("omega-tui kill", everything))
    told_now = reports.drain()
    reports.close()
    code = DONE
    for event in told_now:
        if isinstance(event, Alert) and event.code == "KILL":
            write(f"{event.severity} {event.text}\n")
            code = UNKNOWN if event.severity is Severity.ALARM else code
    return code
