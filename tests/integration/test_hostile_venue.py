"""A venue that names its markets to attack: the real console shows it, in a real pty, and obeys nothing.

Security, controls C1-C5 with lists A and B: what a terminal could obey, markup, deceit. The
embedded exchange is real; a server in front of it rewrites what it says of markets, and words its refusals.
"""

import asyncio
import contextlib
import json
import re
import select
import shutil
import subprocess
import sys
import threading
import time

import aiohttp
import pytest
from aiohttp import web

from omega_tui.sim.polymarket import EmbeddedExchange, announcement
from omega_tui.text import is_safe
from tests.terminal import PACE_S, Terminal

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

ESC = "\x1b"
NASTY = [
    f"AA {ESC}[31m {ESC}[2J BB",
    f"{ESC}]0;PWNED\x07",
    f"{ESC}]52;c;cm0gLXJmIH4={ESC}\\",
    f"{ESC}]52;c;cm0gLXJmIH4=\x07",
    f"{ESC}]52;c;cm0gLXJmIH4=",
    f"{ESC}]8;;http://evil{ESC}\\click{ESC}]8;;{ESC}\\",
    f'{ESC}P$q"p{ESC}\\',
    f"{ESC}[6n{ESC}[c{ESC}[21t",
    "\x9b2J",
    "\x9d52;c;QQ==\x9c",
    "\x90\x98\x9e\x9f",
    f"split{ESC}",
    "[2Jattack",
    "\x07" + "\x08" * 20 + "\x0b\x0c",
    "REAL\rFAKE",
    "one\ntwo",
    "tab\ttab",
    "nul\x00del\x7fso\x0esi\x0f",
    "\x85\u2028\u2029",
    "\u202e0.1$ ETH",
    "\u2066\u2067\u2069",
    "\u061c\u200e\u200f",
    "0.\u200b5\u200d\u2060\ufeff",
    "soft\u00adhyphen",
    "tags\U000e0041\U000e007f",
    "selectors" + "\ufe0f" * 1_000,
    "Zalgo" + "\u0334" * 1_000,
    "👨\u200d👩\u200d👧 🇩🇪 ❤\ufe0f 👍🏽",
    "中文" * 60,
    "\u115f\u3164\u2800\uffa0",
    "\ud800",
    "\uffff\ue000",
    "\u0412iden",
    "x" * 1_000_000,
    "",
    "   ",
    None,
    7,
    {"a": [1]},
    "ARMED",
    "FILLED 100% ┌────────┐ │ SELL ALL? │ └────────┘",
    "[red]x[/red]",
    "Arsenal v Spurs [/1-0]",
    "[link=http://x]y[/]",
    "[@click=app.quit]x[/]",
    "[@click=app.send_order('BUY',1e6)]y[/]",
    "[bold",
    "\\[ \\\\[/",
    "[$primary] [on red] [a=b]",
    ":smile:",
    "{0} %s%n {self.secret} ${jndi:ldap://x}",
    "![a](http://b) <script>alert(1)</script>",
    "\n2026-01-01 INFO armed",
]
WORST = f"[@click=app.quit]{ESC}]52;c;cm0gLXJmIH4=\x07{ESC}[2J\x9b2J[/1-0]\u202e0.1$\u3164中文 [bold"

LIVE = re.compile(r"book (LIVE|QUIET)")
ARMED = re.compile(r"ARMED \d\d:\d\d")

SEQUENCE = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|[P\]X^_].*?(?:\x1b\\|\x07|\Z)|[ -/]*.)", re.DOTALL)
VOCABULARY = {
    # The outline and Textual's driver: screen, cursor, mouse, focus, paste, keys, synchronised output.
    *(f"[?{mode}{end}" for mode in (25, 1000, 1003, 1004, 1006, 1015, 1049, 2004, 2026, 7) for end in "hl"),
    "[6n",  # Where the cursor is, after a character whose width differs between terminals.
    "[?2026$p",
    "[?2048$p",
    "[?2048h",
    "[?2048l",
    "[>1u",
    "[>25u",
    "[<u",
    *(f"]22;{shape}\x07" for shape in ("default", "pointer", "text")),  # The shape of the mouse pointer.
    "[2J",
    "[H",
    "[c",
}
"""Everything but colours and cursor addresses that the console may ever say to a terminal."""

MOST_BELLS = 20
"""The console rings once a second and kind at most; the names of the venue ring a hundred times."""

COLOUR = re.compile(r"\[[0-9;]*m").fullmatch
ADDRESS = re.compile(r"\[[0-9]+;[0-9]+H").fullmatch


class HostileVenue:
    """An exchange whose markets are named by an attacker, in a thread with a loop of its own.

    Attributes:
        file: The announcement, for `--sim`.
        exchange: What is behind.
    """

    def __init__(self, folder):
        self.file = folder / "announced.json"
        self.exchange = EmbeddedExchange(seed=5, rate=40)
        self._ready = threading.Event()
        self._stop = None
        self._loop = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def __enter__(self):
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)

    @property
    def orders(self):
        return dict(self.exchange.venue.clearing.orders)

    async def _serve(self):
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with self.exchange, aiohttp.ClientSession() as self._behind:
            app = web.Application()
            app.router.add_route("*", "/{tail:.*}", self._answer)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            told = json.loads(announcement(self.exchange))
            told["rest"] = f"http://127.0.0.1:{runner.addresses[0][1]}"
            self.file.write_text(json.dumps(told))
            self._ready.set()
            await self._stop.wait()
            await runner.cleanup()

    async def _answer(self, request):
        if (request.method, request.path) == ("POST", "/order"):
            echo = " ".join(request.headers[name] for name in ("POLY_API_KEY", "POLY_PASSPHRASE"))
            words = f"not enough balance {echo} {WORST} {'x' * 1_000_000}"
            return web.json_response({"error": words}, status=400)
        body = await request.read()
        headers = {
            name: value for name, value in request.headers.items() if name.startswith(("POLY", "Content-T"))
        }
        url = self.exchange.rest_url + request.path_qs
        async with self._behind.request(request.method, url, data=body, headers=headers) as answer:
            text, status = await answer.read(), answer.status
        if "markets" in request.path and status == 200 and request.path.count("/") <= 2:
            text = json.dumps(self._renamed(json.loads(text), request.path)).encode()
        elif status >= 400:
            text = json.dumps({"error": WORST}).encode()
        return web.Response(body=text, status=status, content_type="application/json")

    def _renamed(self, told, path):
        if "data" not in told:
            return self._attack(told, 0) if "condition_id" in told and "tokens" in told else told
        for number, row in enumerate(told["data"]):
            self._attack(row, number)
        if path == "/sampling-markets" and told["data"]:
            told["data"] += [self._invented(number, told["data"][0]) for number in range(len(NASTY))]
        return told

    @staticmethod
    def _attack(row, number):
        row["question"] = (WORST, "x" * 1_000_000, "Arsenal v Spurs [/1-0]", "中" * 300)[number % 4]
        for token, name in zip(row["tokens"], (f"Y{ESC}", "[2J[@click=app.quit]N[/]"), strict=True):
            token["outcome"] = name
        return row

    @staticmethod
    def _invented(number, like):
        """Return a market that has no book, named by one text and by the next."""
        tokens = [
            {"token_id": f"{10**76 + 2 * number + index}", "outcome": NASTY[number - index]}
            for index in range(2)
        ]
        condition = f"0x{number + 1:064x}"
        return {
            **like,
            "condition_id": condition,
            "question": NASTY[number],
            "market_slug": "",
            "tokens": tokens,
        }


def sequences(raw):
    """Return every escape sequence of a terminal's input; all else must be text that it cannot obey."""
    text = raw.decode()  # Strict: half a character or a C1 byte is an error.
    rest = SEQUENCE.sub("", text)
    assert rest.count("\x07") <= MOST_BELLS
    for line in re.split(r"[\r\n\x07]", rest):
        assert is_safe(line.replace("\u2800", " ")), ascii(line)[:300]
    return [found.group(1) for found in SEQUENCE.finditer(text)]


def check(raw):
    """Say that nothing but our own vocabulary is in what a terminal was sent."""
    said = sequences(raw)
    unknown = {each for each in said if each not in VOCABULARY and not COLOUR(each) and not ADDRESS(each)}
    assert unknown == set()
    assert said.count("[2J") <= 2
    for word in (b"52;c", b"PWNED", b"http://evil\x1b"):
        assert b"\x1b]" + word not in raw


def press(console, key, wanted, *, times=10):
    wanted = re.compile(wanted).search if isinstance(wanted, str) else wanted
    for _ in range(times):
        console.type(key)
        with contextlib.suppress(AssertionError):
            return console.wait_for(wanted, timeout_s=1.0)
    return console.wait_for(wanted, timeout_s=0.1)


def click(console, column, row):
    console.type(f"{ESC}[<0;{column};{row}M{ESC}[<0;{column};{row}m")


def ladder_columns(console):
    """Where the ladder ends, and where its prices have their point: one column each, if no name moved it."""
    rows = console.screen.display[4:34]
    points = {row.find("0.") for row in rows if re.search(r"[ ▼▲·]0\.\d{2,3}[ ·]", row[:50])}
    return {row[:70].rfind("│") for row in rows}, points


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    with HostileVenue(tmp_path_factory.mktemp("venue")) as venue:
        yield venue


def test_the_console_shows_a_hostile_venue_and_obeys_nothing(hostile, tmp_path):
    with Terminal.omega("--sim", str(hostile.file), home=tmp_path) as console:
        console.wait_for(lambda text: LIVE.search(text.splitlines()[0]))
        console.wait_for(lambda _: all(len(found) == 1 for found in ladder_columns(console)))
        end, _ = ladder_columns(console)
        for _ in range(3):
            before = console.text.splitlines()[2]
            press(console, "n", lambda text, before=before: text.splitlines()[2] != before)
            console.wait_for(lambda _: ladder_columns(console)[0] == end, timeout_s=5)
            console.wait_for(lambda _: len(ladder_columns(console)[1]) == 1, timeout_s=5)
        for column, row in ((10, 1), (40, 1), (8, 3), (20, 3), (45, 3), (70, 3), (70, 30), (5, 39)):
            click(console, column, row)
        assert console.process.poll() is None

        press(console, "?", "(?i)help")
        press(console, "?", lambda text: LIVE.search(text.splitlines()[0]))

        console.type("g")
        press(console, "4", r"Arsenal v Spurs \[/1-0\]")
        for row in range(4, 36, 8):
            click(console, 12, row)
        for _ in range(2):
            console.type(f"{ESC}[6~")
        assert console.process.poll() is None
        console.type("q")
        press(console, ESC, lambda text: "POS" in text.splitlines()[1])

        press(console, "/", "nothing of that name|Enter shows")
        for letter in "@cl":
            console.type(letter)
        console.wait_for(r"@click")
        console.type(ESC)

        console.type("g")
        console.type("6")
        press(console, ESC, lambda text: "POS" in text.splitlines()[1])
        console.process.terminate()
        console.wait_exit()
    check(console.raw)
    assert b"Traceback" not in console.raw
    assert not [order for order in hostile.orders.values() if order.owner == "trader"]


def test_the_words_of_a_refusal_are_quoted_and_obeyed_by_nobody(hostile, tmp_path):
    """The sentence goes through the strip, the list of orders, the log, the journal and the log file."""
    with Terminal.omega("--sim", str(hostile.file), home=tmp_path) as console:
        console.wait_for(lambda text: LIVE.search(text.splitlines()[0]))
        for _ in range(10):
            press(console, "A", lambda text: "ARM ▸ Enter" in text or ARMED.search(text))
            with contextlib.suppress(AssertionError):
                press(console, "\r", lambda text: ARMED.search(text.splitlines()[0]), times=1)
                break
        for _ in range(10):
            press(console, "b", lambda text: "▸" in text.splitlines()[-2])
            console.type("j")
            with contextlib.suppress(AssertionError):
                console.wait_for("not enough balance", timeout_s=1.5)
                break
        console.wait_for("not enough balance", timeout_s=0.1)
        for column, row in ((70, 28), (80, 29), (90, 30), (5, 37), (30, 37)):
            click(console, column, row)
        assert console.process.poll() is None
        console.process.terminate()
        console.wait_exit()
    check(console.raw)
    told = json.loads(hostile.file.read_text())["credentials"]
    for data in (console.raw, *(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())):
        assert told["api_key"].encode() not in data, "106: the venue repeats our key"
        assert told["passphrase"][:20].encode() not in data
    for log in tmp_path.rglob("*.log"):
        assert all(is_safe(line) for line in log.read_text().split("\n"))


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not on this machine")
def test_a_real_terminal_keeps_its_title_and_clipboard(hostile, tmp_path):
    """tmux takes OSC 52 for its buffers and OSC 0 for its title: what a terminal obeys is seen there."""
    own = ["tmux", "-f", "/dev/null", "-S", str(tmp_path / "socket")]

    def ask(*words):
        return subprocess.run([*own, *words], capture_output=True, text=True, check=False).stdout

    folders = [f"XDG_{kind}_HOME={tmp_path / kind}" for kind in ("STATE", "CONFIG", "CACHE")]
    command = [
        "env",
        *("-u", "COLUMNS", "-u", "LINES"),
        f"HOME={tmp_path}",
        *folders,
        sys.executable,
        "-m",
        "omega_tui",
        "--sim",
        str(hostile.file),
    ]
    ask("new-session", "-d", "-x", "120", "-y", "40", "-n", "own", ";", "set", "-g", "set-clipboard", "on")
    try:
        ask("set-buffer", "-b", "mine", "kept")
        title = ask("display-message", "-p", "#{pane_title}")
        ask("respawn-pane", "-k", *command)
        deadline = time.monotonic() + 20
        while not LIVE.search(seen := ask("capture-pane", "-p")):
            assert time.monotonic() < deadline, seen
            select.select([], [], [], 0.1)
        while "Arsenal v Spurs [/1-0]" not in (seen := ask("capture-pane", "-p")):
            assert time.monotonic() < deadline, seen
            for key in "g4":
                ask("send-keys", key)
                select.select([], [], [], PACE_S)
            select.select([], [], [], 1)
        assert ask("list-buffers", "-F", "#{buffer_name} #{buffer_sample}") == "mine kept\n"
        assert ask("display-message", "-p", "#{pane_title}") == title
        assert "PWNED" not in title
    finally:
        ask("kill-server")
