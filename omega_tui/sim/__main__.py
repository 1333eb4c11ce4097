"""The venue alone: `omega-tui sim`, or `python -m omega_tui.sim`."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from omega_tui.errors import OutputError, SimError
from omega_tui.sim.polymarket import RATES, EmbeddedExchange, announcement

USAGE_ERROR = 2


def run_sim(
    argv: Sequence[str], parser: Callable[..., argparse.ArgumentParser] = argparse.ArgumentParser
) -> int:
    """Serve until SIGINT or SIGTERM; return the exit code: 0, or 2 with a sentence on stderr.

    With `--json` exactly one line is printed, which says where the venue listens and holds its test keys.
    """
    options = _options(argv, parser)
    try:
        trouble = asyncio.run(_serve(options))
    except SimError as error:
        print(f"omega-tui sim: {error}", file=sys.stderr)  # noqa: T201  (the answer of a command)
        return USAGE_ERROR
    if trouble is not None:
        # Nobody can know where it listens; a reader that has gone wanted nothing more.
        if isinstance(trouble, BrokenPipeError):
            raise trouble
        raise OutputError(f"cannot write the output: {trouble.strerror}")
    return 0


async def _serve(options: argparse.Namespace) -> OSError | None:
    """Serve until a signal; return what kept the venue from being announced, if something did."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with EmbeddedExchange(
        seed=options.seed, rate=options.rate, port=options.port, state_path=options.state
    ) as exchange:
        try:
            print(announcement(exchange) if options.json else _words(exchange), flush=True)  # noqa: T201  (as above)
        except OSError as error:
            return error
        await stop.wait()
    return None


def _words(exchange: EmbeddedExchange) -> str:
    who = exchange.credentials
    markets = "\n".join(f"  {market.question}  (tick {market.tick_size})" for market in exchange.markets)
    return (
        f"The embedded exchange listens on {exchange.rest_url}\n"
        f"  market channel  {exchange.ws_market_url}\n"
        f"  user channel    {exchange.ws_user_url}\n"
        f"  chain id        {exchange.chain_id}\n"
        f"Markets:\n{markets}\n"
        "A test account may trade. Its keys are worth nothing anywhere else:\n"
        f"  address         {who.address}\n"
        f"  private key     {who.private_key.reveal()}\n"
        f"  API key         {who.credentials.api_key}\n"
        f"  secret          {who.credentials.secret.reveal()}\n"
        f"  passphrase      {who.credentials.passphrase.reveal()}\n"
        "Ctrl+C ends it."
    )


def _options(argv: Sequence[str], make: Callable[..., argparse.ArgumentParser]) -> argparse.Namespace:
    parser = make(
        prog="omega-tui sim", description="Run the embedded exchange alone, on loopback.", allow_abbrev=False
    )
    parser.add_argument("--port", type=_port, default=0, help="to listen on; any free one by default")
    parser.add_argument("--seed", type=int, default=1, help="what keys, markets and the tape derive from")
    parser.add_argument(
        "--rate", type=float, default=40.0, help=f"book updates per second, {RATES[0]:g} to {RATES[1]:g}"
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON and nothing else")
    parser.add_argument("--state", type=Path, help="file that keeps orders and balances over a restart")
    return parser.parse_args(argv)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and int(text) <= 65_535):
        raise argparse.ArgumentTypeError(f"a port is within 0 and 65535, not {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(run_sim(sys.argv[1:]))
