"""Where the program keeps what is the user's, by the XDG rules."""

import sys
from collections.abc import Mapping
from pathlib import Path

from omega_tui.config.process import StorageConfig

APP_NAME = "omega-tui"


def config_path(environ: Mapping[str, str]) -> Path:
    """Return where the configuration file is looked for."""
    return _user_folder(environ, "XDG_CONFIG_HOME", ".config") / "config.toml"


def state_folder(storage: StorageConfig, environ: Mapping[str, str]) -> Path:
    """Return the folder of the journal, saved books, logs and crash reports. It is not made here."""
    if storage.state_dir:
        return Path(storage.state_dir)
    return _user_folder(environ, "XDG_STATE_HOME", ".local/state")


def _user_folder(environ: Mapping[str, str], variable: str, below_home: str) -> Path:
    """Return our folder by the XDG rules, in which a relative path counts as none."""
    base = Path(environ.get(variable, ""))
    if base.is_absolute():
        return base / APP_NAME
    if sys.platform == "darwin":
        import platformdirs  # noqa: PLC0415  9 ms that Linux, whose rules are these lines, saves

        folders = {
            "XDG_CONFIG_HOME": platformdirs.user_config_path,
            "XDG_STATE_HOME": platformdirs.user_state_path,
        }
        return folders[variable](APP_NAME)
    return Path(environ.get("HOME") or Path.home()) / below_home / APP_NAME
