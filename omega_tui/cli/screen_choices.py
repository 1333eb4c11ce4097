"""What the screen is to look like where the configuration leaves it to the terminal. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from omega_tui.cli.usual_thousands import usual_thousands
from omega_tui.config.screen import UiConfig
from omega_tui.ui.style.direction import direction_of, themed

_DARK_GROUNDS = frozenset({0, 1, 2, 3, 4, 5, 6, 8})
"""Colours of the usual sixteen on which light text is read."""

LITE_FPS = 5
"""Frames a second over a slow line (colour conventions, section 4)."""


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
        last_sizes = "off" if is_remote(environment) else "on"
    thousands = usual_thousands(environment) if ui.thousands == "auto" else ui.thousands
    shown = replace(ui, glyphs=glyphs, last_sizes=last_sizes, thousands=thousands)
    if ui.mode == "lite":
        return replace(shown, bars=False, reduced_motion=True, fps=min(LITE_FPS, ui.fps), last_sizes="off")
    return shown


def colours_of(environment: Mapping[str, str]) -> str:
    """Return how many colours there are, as Textual's own setting names it; empty where it finds out itself.

    GNU screen before 5 understands no 24-bit colours and draws others in their place. What the terminal
    around it says of itself in `COLORTERM` is inherited by whatever runs in it.
    """
    if (
        not is_in_gnu_screen(environment)
        or environment.get("TEXTUAL_COLOR_SYSTEM")
        or not environment.get("COLORTERM")
    ):
        return ""
    return "256" if environment["TERM"].endswith("256color") else "standard"


def ground_of(environment: Mapping[str, str]) -> str:
    """Return `dark` or `light`, as a terminal says it of itself; empty where it does not.

    `COLORFGBG` ends with the number of the ground among the sixteen colours (rxvt, Konsole); the console of
    Linux is black.
    """
    ground = environment.get("COLORFGBG", "").rpartition(";")[2]
    if ground.isdecimal() and ground.isascii() and int(ground) < 16:
        return "dark" if int(ground) in _DARK_GROUNDS else "light"
    return "dark" if environment.get("TERM") == "linux" else ""


def theme_of_sixteen(theme: str, environment: Mapping[str, str]) -> str:
    """Return the palette of sixteen colours in the place of one that has more, where the ground is known.

    The terminal would draw its nearest colours, of which the bars' is that of the ground. Where nobody knows
    what the ground is, a palette made for the other one would be worse.
    """
    ground = ground_of(environment)
    if not ground or theme.startswith("omega-16-"):
        return theme
    return themed(f"omega-16-{ground}", direction_of(theme))


def is_in_gnu_screen(environment: Mapping[str, str]) -> bool:
    """Whether GNU screen is the terminal, and not something else that was started within it.

    Where a program has the mouse reported, it holds Esc back until the next key, and hands both over as one
    (measured with 4.9): with the mouse there would be no Esc.
    """
    return (
        "STY" in environment
        and "TMUX" not in environment
        and environment.get("TERM", "").startswith("screen")
    )


def is_remote(environment: Mapping[str, str]) -> bool:
    """Whether the process runs at the other end of an ssh connection."""
    return bool({"SSH_CONNECTION", "SSH_TTY"} & environment.keys())
