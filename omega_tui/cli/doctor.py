"""`omega-tui doctor`: looks at this machine and, if one is named, a venue, and says what to do."""

import os
import shutil
import sys
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from omega_tui.cli.exit_codes import DONE, REFUSED_HERE, UNREACHABLE
from omega_tui.cli.output import print_columns, print_json, write
from omega_tui.cli.trading import exchange_at, trading_parser
from omega_tui.cli.venue_options import choice_of, loaded_for, run_command
from omega_tui.config.folders import state_folder
from omega_tui.config.loading import LoadedConfig
from omega_tui.config.sandboxes import EMBEDDED_TYPES
from omega_tui.domain.instrument import InstrumentKind
from omega_tui.errors import ConfigError, OmegaError, StateError, VenueError, VenueUnreachable
from omega_tui.protocol.book_families import family_of, why_unchecked
from omega_tui.runtime.access import POLYMARKET
from omega_tui.services.exchange import ExchangeService
from omega_tui.venues.ccxt_dead_man import DEAD_MAN, NOT_USED
from omega_tui.venues.ccxt_intents import offered
from omega_tui.venues.ccxt_loader import UNASKED, has_sandbox, load_library
from omega_tui.venues.credentials import is_plain, kept_venues, keychain_name, why_no_keychain

SKEW_WARNS_MS = 500.0
SKEW_STOPS_MS = 1_000.0
"""With more than the second, orders are denied here and requests may be refused there."""


_CHECKS = {
    "seq": "sequence numbers of the venue, with every change",
    "crc": "checksums of the venue",
    "whole": "nothing to lose: every message is the whole book",
}


class Verdict(StrEnum):
    """How a finding is."""

    OK = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: What it is.
        verdict: How it is.
        found: What was seen.
        remedy: What to do about it; empty where there is nothing to do.
    """

    what: str
    verdict: Verdict
    found: str
    remedy: str = ""


def run(argv: list[str]) -> int:
    """Look, and say what was found."""
    if argv[:1] == ["keys"]:
        from omega_tui.cli.doctor_keys import run as try_keys  # noqa: PLC0415 - Textual's parser is slow

        return try_keys(argv[1:])
    options = trading_parser(
        "doctor", "Check this machine and, if one is named, a venue. Nothing is changed."
    )
    options.add_argument(
        "name",
        nargs="?",
        metavar="VENUE",
        help="sim, polymarket, or an exchange, as bitget; or `keys`, to try the keyboard",
    )
    arguments = options.parse_args(argv)
    if arguments.name is not None:
        if arguments.venue not in {None, arguments.name}:
            options.error("name the venue once")
        arguments.venue = arguments.name

    async def main() -> int:
        findings = machine(loaded_for(arguments))
        reached = True
        if arguments.venue is not None or arguments.sim is not None:
            config = choice_of(arguments, read_only=True)
            exchange_id = str(config["exchange"])
            account_type = str(config.get("account_type", "spot"))
            findings += offer(exchange_id, account_type, is_practice="sandbox" in config)
            try:
                async with exchange_at(config) as exchange:
                    findings += await at_venue(exchange)
                    if exchange_id != POLYMARKET:
                        findings.append(await _sandbox(exchange_id))
            except VenueError as error:
                findings.append(_unreached(error))
                reached = not isinstance(error, VenueUnreachable)
        _print(findings, as_json=arguments.json)
        if not reached:
            return UNREACHABLE
        return REFUSED_HERE if any(one.verdict is Verdict.BAD for one in findings) else DONE

    return run_command("doctor", main)


def _print(findings: list[Finding], *, as_json: bool) -> None:
    if as_json:
        for one in findings:
            print_json(one)
        return
    print_columns(("", "what", "found"), [(one.verdict.value, one.what, one.found) for one in findings])
    remedies = "".join(f"{one.what}: {one.remedy}\n" for one in findings if one.remedy)
    if remedies:
        write(f"\nWhat to do:\n{remedies}")


def machine(loaded: LoadedConfig) -> list[Finding]:
    """Look at what every venue needs here."""
    storage = loaded.config.storage
    state = state_folder(storage, os.environ)
    where = next(folder for folder in (state, *state.parents) if folder.exists())
    free_mb = shutil.disk_usage(where).free // 2**20
    python = ".".join(str(part) for part in sys.version_info[:3])
    findings = [
        Finding("python", Verdict.OK, python),
        Finding(
            "configuration", Verdict.OK, str(loaded.path) if loaded.path else "defaults; there is no file"
        ),
        _folder(where, state),
        Finding("free space", Verdict.OK, f"{free_mb} MB")
        if free_mb >= storage.min_free_mb
        else Finding(
            "free space",
            Verdict.BAD,
            f"{free_mb} MB",
            "free some: an order that cannot be written down does not leave",
        ),
        Finding("exchange library", Verdict.OK, "installed; loaded when an exchange is used")
        if find_spec("ccxt") is not None
        else Finding(
            "exchange library", Verdict.BAD, "not there", "install the program again: ccxt is missing"
        ),
    ]
    return [*findings, _keychain()]


def _keychain() -> Finding:
    reason = why_no_keychain()
    if reason:
        found, _, remedy = reason.partition("; ")
        return Finding("keychain", Verdict.NOTE, found, remedy)
    try:
        name, venues = keychain_name(), kept_venues()
    except ConfigError as error:
        return Finding("keychain", Verdict.BAD, error.found, error.allowed)
    if is_plain():
        remedy = (
            "whoever reads your files has the keys: use the keychain of the system, or a file of mode 0600"
        )
        return Finding("keychain", Verdict.NOTE, f"{name}, a plain file", remedy)
    return Finding("keychain", Verdict.OK, f"{name}; it has keys of {', '.join(venues) or 'nobody'}")


def _folder(where: Path, state: Path) -> Finding:
    if os.access(where, os.W_OK | os.X_OK):
        return Finding("state folder", Verdict.OK, str(state))
    remedy = f"make {where} writable, or set storage.state_dir: without a journal no order leaves"
    return Finding("state folder", Verdict.BAD, f"{state} cannot be written", remedy)


def offer(exchange_id: str, account_type: str, *, is_practice: bool) -> list[Finding]:
    """Say what this program does and does not at a venue; nothing is asked for that."""
    money = (
        Finding("money", Verdict.OK, "not real")
        if is_practice
        else Finding("money", Verdict.NOTE, "real", "orders leave only with --live and the venue's name")
    )
    if exchange_id == POLYMARKET:
        intents = "limit, market, post-only, immediate-or-cancel, fill-or-kill, good till date; no stops"
        return [
            money,
            Finding("book check", Verdict.OK, "the venue's hash, with every change"),
            Finding("orders", Verdict.OK, intents),
            Finding("sandbox", Verdict.OK, "embedded: `omega-tui sim`"),
            Finding("builder fees", Verdict.OK, "off: orders name no builder"),
            Finding("dead-man switch", Verdict.OK, "offered; off until you ask for it (`risk.dead_man`)"),
        ]
    return [
        money,
        _book_check(exchange_id),
        *_intents(exchange_id, account_type),
        _unasked(exchange_id),
        _dead_man(exchange_id),
    ]


def _book_check(exchange_id: str) -> Finding:
    family = family_of(exchange_id)
    if family is not None:
        return Finding("book check", Verdict.OK, _CHECKS[family.check])
    remedy = "books are shown as UNCHECKED, and compared with a REST snapshot from time to time"
    return Finding("book check", Verdict.NOTE, f"none: {why_unchecked(exchange_id)}", remedy)


def _intents(exchange_id: str, account_type: str) -> list[Finding]:
    rows = [
        row for row in offered(exchange_id) if (row[1] is InstrumentKind.SPOT) is (account_type == "spot")
    ]
    if not rows:
        remedy = "look, but do not trade here: no order has been seen leaving as what it should be"
        return [Finding("orders", Verdict.NOTE, "none", remedy)]
    findings = []
    for kind in InstrumentKind:
        plain = [intent for _, of_kind, intent, reduce_only in rows if of_kind is kind and not reduce_only]
        reducing = any(of_kind is kind and reduce_only for _, of_kind, _, reduce_only in rows)
        if plain:
            words = ", ".join(plain) + ("; also reduce-only" if reducing else "")
            findings.append(Finding(f"orders, {kind.value.lower()}", Verdict.OK, words))
    return findings


async def _sandbox(exchange_id: str) -> Finding:
    library = await load_library(lambda _: None)  # It is loaded already.
    own = "its own: --sandbox venue" if has_sandbox(library, exchange_id) else ""
    here = "embedded: --sandbox embedded" if exchange_id in EMBEDDED_TYPES else ""
    if own or here:
        return Finding("sandbox", Verdict.OK, "; ".join(filter(None, (here, own))))
    remedy = "practise on an embedded exchange, as --venue sim-spot, before you trade here with real money"
    return Finding("sandbox", Verdict.NOTE, "the venue has none", remedy)


def _unasked(exchange_id: str) -> Finding:
    known = UNASKED.get(exchange_id)
    if known is None:
        return Finding("broker ids", Verdict.OK, "none known")
    if known.can_be_ended:
        return Finding("broker ids", Verdict.OK, f"off: {known.what}")
    remedy = "the exchange library sends it, and it cannot be switched off; it costs you nothing by itself"
    return Finding("broker ids", Verdict.NOTE, f"on: {known.what}", remedy)


def _dead_man(exchange_id: str) -> Finding:
    name, remedy = "dead-man switch", "your orders live on when this program ends: cancel them before"
    row = DEAD_MAN.get(exchange_id)
    if row is not None:
        where = {"": "", "spot": " for spot", "swap": " for contracts"}[row.only]
        return Finding(name, Verdict.OK, f"offered{where}; off until you ask for it (`risk.dead_man`)")
    why = NOT_USED.get(exchange_id)
    return Finding(name, Verdict.NOTE, f"not used: {why}" if why else "none that is known here", remedy)


async def at_venue(exchange: ExchangeService) -> list[Finding]:
    """Ask the venue itself.

    Raises:
        VenueError: It does not answer at all.
    """
    markets = await exchange.get_markets()
    active = sum(one.active for one in markets)
    findings = [
        Finding("reachable", Verdict.OK, exchange.venue),
        Finding("markets", Verdict.OK if active else Verdict.BAD, f"{len(markets)}, {active} of them open"),
        await _clock(exchange),
    ]
    return findings + await _account(exchange)


async def _clock(exchange: ExchangeService) -> Finding:
    try:
        skew_ms = await exchange.get_clock_skew_ms()
    except VenueError as error:
        return Finding("clock", Verdict.NOTE, f"not known: {error}")
    found = f"{skew_ms / 1000:+.1f} s off the venue's"
    if abs(skew_ms) <= SKEW_WARNS_MS:
        return Finding("clock", Verdict.OK, found)
    verdict = Verdict.NOTE if abs(skew_ms) <= SKEW_STOPS_MS else Verdict.BAD
    return Finding(
        "clock", verdict, found, "set this machine's clock (NTP): with a second off no order leaves"
    )


async def _account(exchange: ExchangeService) -> list[Finding]:
    try:
        balances = await exchange.get_balances()
    except StateError as error:
        return [Finding("keys", Verdict.NOTE, "none; public data works without", str(error))]
    except VenueError as error:
        remedy = "check the key, its IP list at the venue, and this machine's clock; then look again"
        return [Finding("keys", Verdict.BAD, str(error), remedy)]
    held = ", ".join(f"{one.total} {one.asset}" for one in balances) or "nothing"
    findings = [
        Finding("keys", Verdict.OK, "the venue takes them"),
        Finding("account", Verdict.OK, f"holds {held}"),
    ]
    try:
        rights = await exchange.get_key_rights()
    except VenueError as error:
        return [*findings, Finding("rights", Verdict.NOTE, f"not known: {error}", "look again later")]
    if rights is None:
        findings.append(Finding("rights", Verdict.NOTE, "the venue does not tell what a key may do"))
    elif not rights.may_trade:
        remedy = "to trade, give the key the right to, at the venue; to look, this is the safest kind"
        findings.append(Finding("rights", Verdict.NOTE, "read only", remedy))
    else:
        findings.append(Finding("rights", Verdict.OK, "may trade"))
    if rights is not None and rights.may_withdraw:
        remedy = "take that right away at the venue: no trading program needs it, and a thief has it too"
        findings.append(Finding("withdrawals", Verdict.BAD, "the key may withdraw", remedy))
    return findings


def _unreached(error: OmegaError) -> Finding:
    remedy = "check the network, a proxy, and whether the venue serves your country; then look again"
    return Finding("reachable", Verdict.BAD, str(error), remedy)
