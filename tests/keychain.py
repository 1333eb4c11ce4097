"""Real keychains for the tests: the Secret Service of a desktop on a bus of its own, and a file."""

import contextlib
import os
import shutil
import subprocess
import time
from pathlib import Path

TIMEOUT_S = 30


@contextlib.contextmanager
def file_keychain(home):
    """Yield the variables of a process whose keychain is a plain file below `home`."""
    yield {
        "PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring",
        "XDG_DATA_HOME": str(home / "data"),
    }


def why_no_secret_service():
    """Return what is missing on this machine for `secret_service`; empty where nothing is."""
    missing = [name for name in ("dbus-daemon", "gnome-keyring-daemon") if shutil.which(name) is None]
    return f"{' and '.join(missing)} not installed (Debian: dbus-daemon, gnome-keyring)" if missing else ""


@contextlib.contextmanager
def secret_service(home):
    """Run a message bus and a keyring daemon with an unlocked keychain; yield how it is found."""
    runtime = Path(home) / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_DATA_HOME": str(Path(home) / "data"),
        "XDG_CACHE_HOME": str(Path(home) / "cache"),
    }
    with contextlib.ExitStack() as stack:
        bus = stack.enter_context(
            _running(
                *("dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"),
                *("--address", f"unix:path={runtime}/bus"),
                env=env,
                stdout=subprocess.PIPE,
            )
        )
        env["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().decode().strip()
        daemon = stack.enter_context(
            _running(
                *("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"),
                env=env,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
            )
        )
        daemon.stdin.write(b"the password of the login")
        daemon.stdin.close()
        _wait_for_service(env["DBUS_SESSION_BUS_ADDRESS"])
        yield {
            "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring",
            "DBUS_SESSION_BUS_ADDRESS": env["DBUS_SESSION_BUS_ADDRESS"],
            "XDG_RUNTIME_DIR": str(runtime),
        }


@contextlib.contextmanager
def _running(*argv, **options):
    process = subprocess.Popen(argv, stderr=subprocess.DEVNULL, **options)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def _wait_for_service(address):
    """Wait until the keyring daemon has its name on the bus: it does not say so anywhere else."""
    from jeepney import DBusAddress, new_method_call
    from jeepney.io.blocking import open_dbus_connection

    driver = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
    asked = new_method_call(driver, "NameHasOwner", "s", ("org.freedesktop.secrets",))
    deadline = time.monotonic() + TIMEOUT_S
    with open_dbus_connection(address) as connection:
        while connection.send_and_get_reply(asked).body != (True,):
            assert time.monotonic() < deadline, "the keyring daemon did not come up"
            time.sleep(0.01)
