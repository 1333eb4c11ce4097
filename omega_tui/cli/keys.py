"""`omega-tui keys`: API keys in the keychain of the system. They are typed or piped in, never an argument."""

import argparse
import re
import sys
from getpass import getpass
from pathlib import Path

from omega_tui.cli.exit_codes import DONE, REFUSED_HERE
from omega_tui.cli.options import Parser, complain
from omega_tui.cli.output import print_columns, print_json, write
from omega_tui.errors import ConfigError
from omega_tui.secret import Secret, checked_credential
from omega_tui.text import safe_text
from omega_tui.toml_source import parse_toml
from omega_tui.venues.credentials import fields_of, forget, is_plain, keep, kept, kept_venues, keychain_name

MAX_INPUT = 1 << 16

_is_name = re.compile(r"[a-z0-9][a-z0-9-]{0,39}").fullmatch


def run(argv: list[str]) -> int:
    """Add, list or remove keys."""
    options = Parser(
        prog="omega-tui keys",
        description="Keep API keys in the keychain of the system. Without one, put them into a TOML file of "
        "mode 0600 and name it with --keys FILE.",
        allow_abbrev=False,
    )
    actions = options.add_subparsers(dest="action", required=True, parser_class=Parser)
    add = actions.add_parser("add", help="ask for the keys of a venue, without showing them, and keep them")
    add.add_argument("venue", type=_venue, help="polymarket, an exchange, as bitget, or your [venues.NAME]")
    listed = actions.add_parser("list", help="list the venues whose keys are kept; never the keys")
    listed.add_argument("--json", action="store_true", help="one JSON object a line")
    remove = actions.add_parser("remove", help="forget the keys of a venue")
    remove.add_argument("venue", type=_venue, help="as in add")
    arguments = options.parse_args(argv)
    try:
        match arguments.action:
            case "add":
                return _add(arguments.venue)
            case "list":
                return _list(as_json=arguments.json)
            case _:
                return _remove(arguments.venue)
    except ConfigError as error:
        return complain("keys", error)


def _venue(text: str) -> str:
    if not _is_name(text):
        raise argparse.ArgumentTypeError(
            f"{text[:40]!r} is no venue; allowed: an exchange, as bitget, or the NAME of [venues.NAME]"
        )
    return text


def _add(venue: str) -> int:
    kept_venues()  # Whether there is a keychain at all is said before anything is typed.
    parts = _asked(venue) if sys.stdin.isatty() else _piped(venue)
    if not parts:
        sys.stderr.write("omega-tui keys: nothing was given, and nothing was kept\n")
        return REFUSED_HERE
    keep(venue, parts)
    write(f"Kept for {venue} in {keychain_name()}: {', '.join(parts)}.\n")
    if is_plain():
        sys.stderr.write("omega-tui keys: that keychain is a plain file: who reads your files has the keys\n")
    write(f"Check them with `omega-tui doctor {venue}`.\n")
    return DONE


def _asked(venue: str) -> dict[str, Secret]:
    sys.stderr.write("What is typed is not shown. Enter leaves a part out.\n")
    parts: dict[str, Secret] = {}
    for name in fields_of(venue):
        text = getpass(f"{name}: ")
        if text:
            parts[name] = checked_credential(name, text, source="terminal", key=name)
    return parts


def _piped(venue: str) -> dict[str, Secret]:
    """Read `name = "value"` lines, the format of a credentials file."""
    content, _ = parse_toml(sys.stdin.buffer.read(MAX_INPUT), Path("(standard input)"))
    names = fields_of(venue)
    for name in content:
        if name not in names:
            raise ConfigError(
                source="standard input", key="(a key)", found="an unknown name", allowed=", ".join(names)
            )
    return {
        name: checked_credential(name, value, source="standard input", key=name)
        for name, value in content.items()
    }


def _list(*, as_json: bool) -> int:
    rows = [(venue, ", ".join(kept(venue))) for venue in kept_venues()]
    if as_json:
        for venue, parts in rows:
            print_json({"venue": venue, "parts": parts.split(", ")})
    elif rows:
        print_columns(("venue", "parts"), rows)
    else:
        write("No keys are kept. `omega-tui keys add VENUE` asks for some.\n")
    return DONE


def _remove(venue: str) -> int:
    if forget(venue):
        write(f"The keys of {venue} are forgotten. Delete them at the venue too, if they may have leaked.\n")
        return DONE
    sys.stderr.write(f"omega-tui keys: no keys of {safe_text(venue)} are kept\n")
    return REFUSED_HERE
