"""No secret of ours is found in anything that the program writes, whatever happens (security, C9-C13, C25).

The embedded exchange runs as a process of its own; its test keys are the canaries. They are looked for, in
every spelling, on the screen, in all files, in the output of commands, and in what other processes can see.
"""

import base64
import contextlib
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from omega_tui.cli.exit_codes import DONE, FAILED, UNREACHABLE
from tests.terminal import Terminal

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

LIVE = re.compile(r"book (LIVE|QUIET)")
ARMED = re.compile(r"ARMED \d\d:\d\d")
SECRETS = ("private_key", "api_key", "secret", "passphrase")

CRASHING = """
import sys
from omega_tui import __main__
from omega_tui.{module} import {owner}

secret = sys.argv.pop(1)
original = {owner}.{method}

def fail(self, *arguments, **options):
    held = {{"authorization": secret, "of": self}}  # a local variable, as tracebacks like to show
    if {condition}:
        raise RuntimeError(f"lost with {{secret}} in hand, 0x{{secret.encode().hex()}}")
    return original(self, *arguments, **options)

{owner}.{method} = fail
sys.exit(__main__.main(sys.argv[1:]))
"""


class Venue:
    """`omega-tui sim --json` as a process; its announcement is in a private file."""

    def __init__(self, folder):
        self.file = folder / "announced.json"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "omega_tui", "sim", "--json", "--seed", "11"],
            stdout=subprocess.PIPE,
            text=True,
        )
        told = self.process.stdout.readline()
        self.file.write_text(told)
        self.told = json.loads(told)
        self.canaries = {name: self.told["credentials"][name] for name in SECRETS}

    @property
    def environment(self):
        """The same account by way of the environment, as for the live venue."""
        names = {"secret": "API_SECRET"}
        return {
            f"OMEGA_POLYMARKET_{names.get(name, name.upper())}": value
            for name, value in self.canaries.items()
        }

    @property
    def live_options(self):
        """Options that put the live venue on this exchange."""
        settings = {
            "polymarket.rest_url": self.told["rest"],
            "polymarket.data_url": self.told["rest"],
            "polymarket.ws_market_url": self.told["ws_market"],
            "polymarket.ws_user_url": self.told["ws_user"],
            "polymarket.chain_id": self.told["chain_id"],
        }
        return [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture(scope="module")
def venue(tmp_path_factory):
    venue = Venue(tmp_path_factory.mktemp("venue"))
    yield venue
    venue.end()


def spellings(value):
    """Every way in which a value could be written, each long enough to mean something."""
    raw = value.encode()
    forms = {value, value.lower(), value.upper(), json.dumps(value)[1:-1], repr(value)[1:-1]}
    forms |= {quote(value), quote(value, safe=""), quote_plus(value), raw.hex()}
    forms |= {base64.b64encode(b"x" * shift + raw).decode()[4:-4] for shift in range(3)}
    forms |= {base64.urlsafe_b64encode(b"x" * shift + raw).decode()[4:-4] for shift in range(3)}
    with contextlib.suppress(ValueError):
        digits = value.removeprefix("0x")
        forms |= {digits, str(int(digits, 16)), base64.b64encode(bytes.fromhex(digits)).decode()}
    with contextlib.suppress(ValueError):
        forms.add(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).hex())
    return {form.encode() for form in forms if len(form) >= 12}


def hits(venue, places):
    """Which secret is found where."""
    found = []
    for name, value in venue.canaries.items():
        for form in spellings(value):
            found += [(name, place, form) for place, data in places.items() if form in data]
    return found


def files_in(folder):
    found = {}
    for path in Path(folder).rglob("*"):
        if path.is_file() and not path.is_symlink():
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def others_may(folder):
    """Files and folders that somebody else may touch."""
    return [
        f"{stat.S_IMODE(path.stat().st_mode):o} {path.relative_to(folder)}"
        for path in Path(folder).rglob("*")
        if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]


def seen_by_others(process):
    """What another process of the same user may read of a process."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process.pid}/cmdline").read_bytes()
    return b""


def press(console, key, wanted, *, times=10):
    wanted = re.compile(wanted).search if isinstance(wanted, str) else wanted
    for _ in range(times):
        console.type(key)
        with contextlib.suppress(AssertionError):
            return console.wait_for(wanted, timeout_s=1.0)
    return console.wait_for(wanted, timeout_s=0.1)


def arm(console):
    console.wait_for(lambda text: LIVE.search(text.splitlines()[0]))
    for _ in range(10):
        press(console, "A", lambda text: "ARM ▸ Enter" in text or ARMED.search(text))
        with contextlib.suppress(AssertionError):
            return press(console, "\r", lambda text: ARMED.search(text.splitlines()[0]), times=1)
    return console.wait_for(ARMED.search, timeout_s=0.1)


def name_the_market(console):
    """The first order of a day with real money asks for its name."""
    press(console, ":", "a command")
    for key in "first Will":
        console.type(key)
    console.wait_for(lambda text: ":first Will" in text.splitlines()[-1])
    console.type("\r")


def test_a_session_with_orders_leaves_no_secret_anywhere(venue, tmp_path):
    """Credentials from the environment, an order, a screen of the system, a recording, and a clean end."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    recording = home / "frames.feedlog"
    before = os.umask(0)
    try:
        console = Terminal.omega(
            "--live", "polymarket", "--record", str(recording), *venue.live_options,
            "--set", "log.level=DEBUG",
            home=home, env=venue.environment,
        )  # fmt: skip
    finally:
        os.umask(before)
    with console:
        console.wait_for("acct OK")
        arm(console)
        name_the_market(console)
        for _ in range(5):
            press(console, "b", lambda text: "▸" in text.splitlines()[-2])
            console.type("j")
            with contextlib.suppress(AssertionError):
                console.wait_for(re.compile(r"✓ filled|▐ working").search, timeout_s=3)
                break
        commandline = seen_by_others(console.process)
        press(console, "g", lambda text: "▸" in text.splitlines()[-2] or "system" in text)
        console.type("s")
        console.process.terminate()
        console.wait_exit()
    places = {"screen": console.raw, "cmdline": commandline, **files_in(home)}
    assert any(name.endswith("journal.sqlite3") for name in places)
    assert any(name.endswith("omega-tui.log") for name in places)
    assert b'"owner":"***"' in places["frames.feedlog"], "the private channel is recorded, without the key"
    assert hits(venue, places) == []
    assert others_may(home) == []


@pytest.mark.parametrize(
    ("module", "owner", "method", "condition", "wanted"),
    [
        ("ui.console.frame", "FrameApp", "_watch", "self.session.book is not None", "omega-tui crashed"),
        ("services.catalogue", "Catalogue", "_wait_for_news", "True", "catalogue/sim failed"),
        ("services.account_events", "AccountEvents", "run", "True", "exchange/sim failed"),
        ("runtime.supervisor", "Supervisor", "_sample", "True", "The engine ended"),
    ],
    ids=["screen", "service", "exchange", "engine"],
)
def test_a_crash_tells_no_secret(venue, tmp_path, module, owner, method, condition, wanted):  # noqa: PLR0913, PLR0917
    """115: a bug anywhere, with the secret in its message and in a local variable."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    script = CRASHING.format(module=module, owner=owner, method=method, condition=condition)
    value = venue.canaries["passphrase"]
    command = [sys.executable, "-c", script, value, "--sim", str(venue.file)]
    with Terminal(command, home=home, columns=160) as console:
        if "crashed" in wanted:
            console.wait_exit(30)
            assert wanted.encode() in console.raw
        else:
            console.wait_for(wanted, timeout_s=30)
            console.process.terminate()
            console.wait_exit()
    places = {"screen": console.raw, **files_in(home)}
    log = next(data for name, data in places.items() if name.endswith("omega-tui.log"))
    assert b"RuntimeError: lost with *** in hand" in log
    assert hits(venue, places) == []


@pytest.mark.parametrize(
    "command",
    [
        ("config",),
        ("config", "--set", "venue=polymarket"),
        ("markets", "--set", "venue=polymarket"),
        ("markets", "--set", "polymarket.rest_url=http://127.0.0.1:1", "--set", "venue=polymarket"),
        ("book", "telescope", "--set", "venue=polymarket", "--json"),
        ("stream", "--set", "venue=polymarket", "--json", "--for", "500ms", "--record", "frames.feedlog"),
    ],
    ids=" ".join,
)
def test_no_command_without_a_screen_tells_a_secret(venue, tmp_path, command):
    environment = {**os.environ, **venue.environment, "HOME": str(tmp_path)}
    environment |= {f"XDG_{kind}_HOME": str(tmp_path / kind.lower()) for kind in ("STATE", "CONFIG", "CACHE")}
    options = [] if command[0] == "config" or "rest_url" in str(command) else venue.live_options
    done = subprocess.run(
        [sys.executable, "-m", "omega_tui", *command, *options],
        capture_output=True, cwd=tmp_path, env=environment, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode in {DONE, FAILED, UNREACHABLE}, done.stderr
    assert b"Traceback" not in done.stderr
    assert hits(venue, {"stdout": done.stdout, "stderr": done.stderr, **files_in(tmp_path)}) == []


def test_nothing_is_armed_while_the_screen_is_shown_elsewhere(venue, tmp_path):
    """C20."""
    home = tmp_path / "home"
    environment = {"TEXTUAL_LOG": str(tmp_path / "textual.log")}
    with Terminal.omega("--sim", str(venue.file), home=home, env=environment) as console:
        console.wait_for(lambda text: LIVE.search(text.splitlines()[0]))
        for _ in range(10):
            press(console, "A", "ARM ▸ Enter")
            console.type("\r")
            with contextlib.suppress(AssertionError):
                console.wait_for("TEXTUAL_LOG is set", timeout_s=1)
                break
        console.wait_for("TEXTUAL_LOG is set", timeout_s=0.1)
        assert not ARMED.search(console.text)


def test_the_search_finds_every_spelling(venue):
    for name, value in venue.canaries.items():
        for form in spellings(value):
            assert (name, "here", form) in hits(venue, {"here": b"..." + form + b"..."})
