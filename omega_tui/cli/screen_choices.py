"""What the screen is to look like where the configuration leaves it to the terminal. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from omega_tui.config import UiConfig


def chosen_for(ui: UiConfig, environment: Mapping[str, str], *, drawn_in_line: str) -> UiConfig:
    """Return `ui` with nothing left to be found out.

    Args:
        ui: As configured.
        environment: Of the process.
        drawn_in_line: The glyph set that the terminal was measured to draw right; empty if it did not say.
    """
    glyphs, last_sizes = ui.glyphs, ui.last_sizes
    if glyphs == "auto":
        glyphs = drawn_in_line or ("ascii" if environment.get("TERM") in {"linux", "dumb"} else "unicode")
    if last_sizes == "auto":
        # It changes with every print: over a slow line the order book itself matters more.
        last_sizes = "off" if {"SSH_CONNECTION", "SSH_TTY"} & environment.keys() else "on"
    return replace(ui, glyphs=glyphs, last_sizes=last_sizes)
