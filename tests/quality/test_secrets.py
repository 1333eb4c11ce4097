"""Where secrets are laid open, and what the package never does (security, controls C8-C13, C16, C23, C25)."""

import ast
import os
import stat
import subprocess
import sys

import pytest
from sources import trees_with

from omega_tui.private_files import create_private, make_private_folder, replace_private
from omega_tui.runtime.hardening import why_not_armed

MAY_REVEAL = {
    "protocol/polymarket/auth.py": "makes the headers of proof and the first message of the user channel",
    "protocol/ethereum.py": "makes of a private key what signs orders",
    "protocol/bitget/signing.py": "signs requests",
    "protocol/binance/signing.py": "signs requests",
    "bus/redis_bus.py": "the seal of every frame is made with the key that processes share",
    "bus/redis_server.py": "the library signs in to the server by itself",
    "runtime/bus_access.py": "a key that is too short is refused",
    "secret.py": "the redactor must know what to take out",
    "runtime/access.py": "the API key is the owner in the body of every order",
    "services/venue_factory.py": "likewise; and an account's folder is named by a digest of the public key",
    "venues/ccxt_loader.py": "the library signs by itself",
    "venues/credentials.py": "hands what the user typed to the keychain of the system",
    "sim/polymarket.py": "announces test keys that are worth nothing elsewhere",
    "sim/__main__.py": "likewise, for people",
    "sim/account_rest.py": "the venue hands out API keys that it made itself",
}
"""Every module that lays a secret open, and why it must."""

SPEAKS = {
    "debug",
    "info",
    "warning",
    "error",
    "critical",
    "exception",
    "log",
    "write",
    "say",
    "note",
    "notify",
}
"""Methods whose arguments are shown to somebody."""

NEVER_IMPORTED = {"pickle", "marshal", "shelve", "dill", "yaml", "subprocess", "telnetlib", "ftplib", "code"}
MAY_START_PROGRAMS = {
    "cli/sound_command.py": "the trader's own sound: no shell, no secret, no word of a venue"
}
NEVER_CALLED = {"eval", "exec", "compile", "__import__", "breakpoint", "input"}
NEVER_METHODS = {("os", "system"), ("os", "popen"), ("os", "execvp"), ("ssl", "_create_unverified_context")}
NEVER_FALSE = {"verify", "verify_ssl", "check_hostname", "ssl", "ssl_context"}
"""Settings that turn the check of a certificate off when they are false."""

MAKES_FILES = {"write_text", "write_bytes", "mkdir", "makedirs", "open", "NamedTemporaryFile", "mkstemp"}
MAY_MAKE_FILES = {
    "private_files.py": "the place where it is done right",
    "logs.py": "mode 0600, and never waits for a FIFO",
    "services/kill_socket.py": "a folder, to reach the socket in it",
    "services/journal.py": "the lock has mode 0600; the database is made under umask 077",
    "services/recorder.py": "the user names the file and passes it on; frames come without our credentials",
    "cli/screenshot.py": "the user's own pictures",
    "toml_source.py": "only reads",
    "venues/ccxt_markets.py": "a NamedTemporaryFile has mode 0600",
    "__main__.py": "/dev/null for closed standard streams",
    "runtime/engine_process.py": "/dev/null for the standard streams of the engine",
    "cli/output.py": "/dev/null after a closed pipe",
    "runtime/last_resort.py": "the log that is there, to append where each thread stands; the terminal",
    "ui/console/terminal.py": "the terminal itself, and /dev/null once it is gone",
}


def reveals(tree):
    """Every use of `reveal` but its definition."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "reveal"]


def shown(tree):
    """Lines in which a secret is laid open right inside something that is shown."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="print")):
                speaks = True
            case ast.Call(func=ast.Attribute(attr=name)) if name in SPEAKS:
                speaks = True
            case ast.JoinedStr() | ast.Raise() | ast.Assert():
                speaks = True
            case _:
                speaks = False
        if speaks and reveals(node):
            found.append(node.lineno)
    return found


def forbidden(tree):  # noqa: C901, PLR0912 - one case per thing
    """What a module does that this program never does."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names) if any(name.name.split(".")[0] in NEVER_IMPORTED for name in names):
                found.append(f"{node.lineno}: imports {names[0].name}")
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] in NEVER_IMPORTED:
                found.append(f"{node.lineno}: imports {module}")
            case ast.Call(func=ast.Name(id=name)) if name in NEVER_CALLED:
                found.append(f"{node.lineno}: calls {name}")
            case ast.Attribute(value=ast.Name(id=owner), attr=name) if (owner, name) in NEVER_METHODS:
                found.append(f"{node.lineno}: uses {owner}.{name}")
            case ast.Attribute(attr="CERT_NONE" | "CERT_OPTIONAL"):
                found.append(f"{node.lineno}: {node.attr}")
            case ast.keyword(arg="shell", value=ast.Constant(value=True)):
                found.append(f"{node.value.lineno}: shell=True")
            case ast.keyword(arg=name, value=value) if name in NEVER_FALSE and is_off(value):
                found.append(f"{node.value.lineno}: {name} is off")
            case ast.Assign(targets=[ast.Attribute(attr=name)], value=value) if (
                name in NEVER_FALSE and is_off(value)
            ):
                found.append(f"{node.lineno}: {name} is off")
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if isinstance(key, ast.Constant) and key.value in NEVER_FALSE and is_off(value):
                        found.append(f"{node.lineno}: {key.value} is off")
            case _:
                pass
    return found


def is_off(value):
    """Whether an expression can be False."""
    return any(isinstance(node, ast.Constant) and node.value is False for node in ast.walk(value))


def makes_files(tree):
    """Lines that may make a file or a folder in a way that leaves its mode to the umask."""
    found = []
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="write_text" | "write_bytes" | "mkdir" | "makedirs")):
                # Our own socket has a `write_text`, too; it takes one argument and is no path.
                if not (node.func.attr == "write_text" and ast.unparse(node.func.value) == "connection"):
                    found.append(node.lineno)
            case (
                ast.Call(func=ast.Attribute(attr="open"), args=args)
                | ast.Call(func=ast.Name(id="open"), args=args)
            ):
                modes = [
                    arg.value for arg in args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
                ]
                flags = ast.unparse(node)
                if any(set(mode) & set("wax+") for mode in modes) or "O_CREAT" in flags or "os.open" in flags:
                    found.append(node.lineno)
            case ast.Call(func=ast.Name(id="NamedTemporaryFile" | "mkstemp")):
                found.append(node.lineno)
            case _:
                pass
    return found


def test_secrets_are_laid_open_only_where_there_is_a_reason():
    users = {name for name, tree in trees_with(["reveal"]) if reveals(tree)}
    assert users <= MAY_REVEAL.keys()


def test_no_secret_is_laid_open_inside_what_is_shown():
    found = {name: lines for name, tree in trees_with(["reveal"]) if (lines := shown(tree))}
    assert found.keys() <= {"sim/__main__.py"}, found  # Test keys, worth nothing elsewhere.


def test_nothing_is_evaluated_unpickled_or_left_unverified():
    words = NEVER_IMPORTED | NEVER_CALLED | NEVER_FALSE | {name for _, name in NEVER_METHODS}
    words |= {"CERT_NONE", "CERT_OPTIONAL", "shell"}
    found = {name: lines for name, tree in trees_with(words) if (lines := forbidden(tree))}
    starting = {name: found.pop(name) for name in MAY_START_PROGRAMS if name in found}
    assert found == {}
    assert all(line.endswith("imports subprocess") for lines in starting.values() for line in lines)


def test_files_are_made_in_few_places_and_privately():
    found = {name: lines for name, tree in trees_with(MAKES_FILES) if (lines := makes_files(tree))}
    assert found.keys() <= MAY_MAKE_FILES.keys(), found


@pytest.mark.parametrize(
    "source",
    [
        "log.info('%s', key.reveal())",
        "print(f'{secret.reveal()}')",
        "x = f'{secret.reveal()}'",
        "raise ValueError(secret.reveal())",
    ],
)
def test_the_search_finds_what_is_shown(source):
    assert shown(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from yaml import load",
        "eval(text)",
        "os.system(text)",
        "run(x, shell=True)",
        "connect(url, ssl=False)",
        "connect(url, ssl=None if x else False)",
        "context.check_hostname = False",
        "context.verify_mode = ssl.CERT_NONE",
        "options = {'verify': False}",
        "ssl._create_unverified_context()",
    ],
)
def test_the_search_finds_what_is_forbidden(source):
    assert forbidden(ast.parse(source))


@pytest.mark.parametrize(
    "source", ["path.write_text(x)", "open(p, 'w')", "path.open('ab')", "os.open(p, os.O_CREAT)", "p.mkdir()"]
)
def test_the_search_finds_files(source):
    assert makes_files(ast.parse(source))


# ------------------------------------------------------------------------------ what they rest on


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_umask")
def test_a_file_that_is_replaced_is_private_and_what_was_there_stays_where_the_disk_refuses(tmp_path):
    file = tmp_path / "kept.json"
    file.write_bytes(b"old")
    file.chmod(0o644)
    (tmp_path / "kept.json.new").mkdir()
    with pytest.raises(OSError, match="Is a directory"):
        replace_private(file, b"new")
    assert file.read_bytes() == b"old"
    (tmp_path / "kept.json.new").rmdir()
    replace_private(file, b"new")
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["kept.json"]


def test_private_folders_and_files_are_private_whatever_the_umask_is(tmp_path):
    folder = tmp_path / "a" / "b" / "c"
    make_private_folder(folder)
    make_private_folder(folder)
    assert [mode(each) for each in (folder, folder.parent, folder.parent.parent)] == [0o700] * 3
    file = folder / "file"
    file.touch(0o666)
    with create_private(file) as opened:
        opened.write(b"x")
    assert (mode(file), file.read_bytes()) == (0o600, b"x")
    (folder / "link").symlink_to(file)
    with pytest.raises(OSError, match="symbolic"):
        create_private(folder / "link")
    with pytest.raises(FileExistsError):
        make_private_folder(file)


HARDENED = """
import ctypes, os, resource
from omega_tui.runtime.hardening import harden
harden()
print(resource.getrlimit(resource.RLIMIT_CORE), oct(os.umask(0)), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


def test_a_hardened_process_leaves_no_core_and_lets_nobody_look():
    done = subprocess.run([sys.executable, "-c", HARDENED], capture_output=True, text=True, check=True)
    dumpable = 0 if sys.platform == "linux" else -1
    assert done.stdout == f"(0, 0) 0o77 {dumpable}\n"


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({}, ""),
        ({"TEXTUAL": "debug"}, ""),
        ({"TEXTUAL_LOG": ""}, ""),
        ({"TEXTUAL": "devtools"}, "TEXTUAL=devtools"),
        ({"TEXTUAL": "debug, DevTools"}, "TEXTUAL=devtools"),
        ({"TEXTUAL_LOG": "x.log"}, "TEXTUAL_LOG"),
        ({"TEXTUAL_DRIVER": "textual.drivers.web_driver:WebDriver"}, "TEXTUAL_DRIVER"),
    ],
)
def test_a_screen_that_is_shown_elsewhere_is_not_armed(environ, named):
    """C20."""
    assert why_not_armed(environ).startswith(named)
    assert bool(why_not_armed(environ)) is bool(named)
