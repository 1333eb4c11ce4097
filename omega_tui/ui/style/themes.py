"""Palette files and the Textual themes that they become.

A theme names colours by role, not by look, so that a market where red means up changes one file and no
widget. Roles in the style sheet are variables, as `$side-buy`.
"""

import re
import tomllib
from pathlib import Path
from typing import Final

from rich.color import Color as RichColor
from rich.color import ColorSystem
from textual.color import Color, ColorParseError
from textual.theme import Theme

from omega_tui.errors import ConfigError

BASE: Final = (
    "primary",
    "secondary",
    "accent",
    "warning",
    "error",
    "success",
    "foreground",
    "background",
    "surface",
    "panel",
)
"""Textual's own colours; a palette file gives every one of them under `[base]`."""

ROLES: Final = {
    "side-buy": "what a buying order does",
    "side-sell": "what a selling order does",
    "dir-up": "a price that rose",
    "dir-down": "a price that fell",
    "pnl-pos": "profit",
    "pnl-neg": "loss",
    "outcome-yes": "the YES outcome: as text, or like no side",
    "outcome-no": "the NO outcome: likewise",
    "own": "what is ours: entry price, our prints",
    "cursor": "ground of the cursor's row",
    "cursor-idle": "the same while keys go elsewhere",
    "pending": "sent and not answered",
    "good": "all is well, whichever colour a rising price has",
    "warn": "look at this",
    "alarm": "act on this",
    "stale": "not to be trusted as the latest",
    "live-bar": "ground of the header with real money, armed",
    "paper-bar": "ground of the header without real money",
    "on-bar": "text on those two",
    "muted": "of second rank",
    "faint": "of third rank",
    "bar-buy": "ground of resting bids",
    "bar-sell": "ground of resting asks",
    "volume": "volume at price",
}
"""Every role with its meaning; a palette file gives every one of them under `[roles]`."""

_SPOKEN: Final = tuple(
    role
    for role in ROLES
    if role.startswith(("side-", "dir-", "pnl-", "outcome-"))
    or role in {"own", "pending", "good", "warn", "alarm"}
)
"""Roles whose colour says something, which a glyph, a sign or an attribute says too."""
_DARK: Final = frozenset({0, 1, 4, 5, 8})
"""Black, red, blue, magenta and bright black: on these white is the better ink in every usual set."""
_INLINE: Final = {"ansi-background": "ansi_black", "ansi-foreground": "ansi_white"}
"""What Textual's own style sheet asks of a theme of the terminal's colours."""
READABLE: Final = 4.5
"""The contrast that text needs (WCAG 2.2, success criterion 1.4.3, level AA)."""
_SHARES: Final = 32
"""In such parts a colour is mixed with another until it can be read."""
_WEIGHTS: Final = (0.2126, 0.7152, 0.0722)
"""Of red, green and blue in what is bright to the eye."""
_DEFAULT: Final = "omega-dark"
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
_HEX: Final = re.compile(r"#[0-9a-fA-F]{6}")
_ANSI: Final = re.compile(r"ansi_(default|(bright_)?(black|red|green|yellow|blue|magenta|cyan|white))")


def load_themes(folder: Path | None = None) -> dict[str, Theme]:
    """Return every theme by name: the default first, the others of this program, then those of the user.

    Args:
        folder: The user's own palette files (`*.toml`); one with a name of ours takes its place.

    Raises:
        ConfigError: A file is not a palette; it names file, line and key.
    """
    themes = {name: load_theme(path) for name, path in bundled_files().items()}
    if folder is not None and folder.is_dir():
        for path in sorted(folder.glob("*.toml")):
            theme = load_theme(path)
            themes[theme.name] = theme
    return themes


def bundled_files() -> dict[str, Path]:
    """Return this program's palette files by the name of the theme, which is that of the file too."""
    found = sorted(bundled_folder().glob("*.toml"), key=lambda path: (path.stem != _DEFAULT, path.stem))
    return {path.stem: path for path in found}


def bundled_folder() -> Path:
    """Return the folder of this program's palette files, in an installed package or in a source checkout."""
    package = Path(__file__).resolve().parents[2]
    installed = package / "themes"
    return installed if installed.is_dir() else package.parent / "themes"


def load_theme(path: Path) -> Theme:
    """Read one palette file.

    Raises:
        ConfigError: It cannot be read, a key is missing or unknown, or a colour is not `#rrggbb`; in a
            palette of the terminal's own colours (`ansi = true`), not `ansi_red` and the like.
    """
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            source=path, key="file", found=str(error), allowed="a readable text file"
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(source=path, key="file", found=str(error), allowed="TOML") from error
    _check_keys(path, text, "", {"ansi": False} | data, {"name", "dark", "ansi", "base", "roles"})
    name, dark, ansi = data["name"], data["dark"], data.get("ansi", False)
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise _wrong(path, text, "name", name, "lower-case letters, digits and dashes")
    if not isinstance(dark, bool):
        raise _wrong(path, text, "dark", dark, "true or false")
    if not isinstance(ansi, bool):
        raise _wrong(path, text, "ansi", ansi, "true or false")
    base = _colours(path, text, "base", data["base"], BASE, ansi=ansi)
    roles = _colours(path, text, "roles", data["roles"], tuple(ROLES), ansi=ansi)
    return Theme(
        name=name,
        dark=dark,
        primary=base["primary"],
        secondary=base["secondary"],
        accent=base["accent"],
        warning=base["warning"],
        error=base["error"],
        success=base["success"],
        foreground=base["foreground"],
        background=base["background"],
        surface=base["surface"],
        panel=base["panel"],
        variables=roles | (_INLINE if ansi else {}),
        ansi=ansi,
    )


def role_colours(theme: Theme, *, is_plain: bool = False) -> dict[str, str]:
    """Return a colour for every role, also for a theme that knows none of them, such as Textual's own.

    Args:
        theme: Asked of.
        is_plain: Whether the screen has no colours: what a colour would say is then drawn as bright as text,
            since red and green as greys are only text that is harder to read.
    """
    base = theme.to_color_system().generate()
    background = _colour(base["background"])
    success, error = base["success"], base["error"]
    derived = dict.fromkeys(ROLES, base["foreground"]) | {
        "side-buy": success,
        "side-sell": error,
        "dir-up": success,
        "dir-down": error,
        "pnl-pos": success,
        "pnl-neg": error,
        "own": base["accent"],
        "cursor": base["panel"],
        "cursor-idle": base["surface"],
        "pending": base["warning"],
        "warn": base["warning"],
        "good": success,
        "alarm": error,
        "live-bar": error,
        "paper-bar": base["primary"],
        "muted": _mixed(background, base["foreground"], 0.7),
        "faint": _mixed(background, base["foreground"], 0.55),
        "stale": _mixed(background, base["foreground"], 0.6),
        "bar-buy": _mixed(background, success, 0.25),
        "bar-sell": _mixed(background, error, 0.25),
        "volume": _mixed(background, base["primary"], 0.5),
    }
    found = derived | {role: value for role, value in theme.variables.items() if role in ROLES}
    return found | dict.fromkeys(_SPOKEN, base["foreground"]) if is_plain else found


def ink_on(ground: str) -> str | None:
    """Return the one of black and white that can be read on a colour of the terminal; None on its ground."""
    colour = _colour(ground)
    if colour.ansi is None or colour.ansi < 0:
        return None
    return "ansi_bright_white" if colour.ansi in _DARK else "ansi_black"


def readable_on(ground: str, colour: str, ink: str, *, has_256: bool = False) -> str:
    """Return `colour`, mixed with as little of `ink` as makes text readable on `ground`.

    So what was chosen for the background can stand on the row of the cursor, in every palette. Colours that
    belong to the terminal cannot be mixed.

    Args:
        ground: What the text stands on.
        colour: What the text would have.
        ink: What can be read there.
        has_256: Whether the terminal has so many colours: then it draws the nearest of its own in the place
            of either, and those must be as far apart.
    """
    under, figure, most = _colour(ground), _colour(colour), _colour(ink)
    if any(one.ansi is not None for one in (under, figure, most)):
        return colour

    def is_readable(one: Color) -> bool:
        return _contrast(one, under) >= READABLE and (
            not has_256 or _contrast(_of_256(one), _of_256(under)) >= READABLE
        )

    if is_readable(figure):
        return colour
    shares = (step / _SHARES for step in range(1, _SHARES))
    mixtures = (figure.blend(most, share, alpha=1) for share in shares)
    return next((one.hex for one in mixtures if is_readable(one)), ink)


def _of_256(colour: Color) -> Color:
    """Return what a terminal of 256 colours draws for a colour: what Rich, which writes it, takes for it."""
    return Color(*RichColor.from_rgb(*colour.rgb).downgrade(ColorSystem.EIGHT_BIT).get_truecolor())


def _contrast(one: Color, other: Color) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Color) -> float:
    """Return how bright a colour is, black 0 and white 1 (WCAG 2.2, "relative luminance")."""
    linear = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in colour.normalized)
    return sum(weight * part for weight, part in zip(_WEIGHTS, linear, strict=True))


def _mixed(ground: Color, colour: str, share: float) -> str:
    """Return a mixture of two colours. Those of the terminal itself cannot be mixed: then the second."""
    other = _colour(colour)
    if ground.ansi is not None or other.ansi is not None:
        return colour
    return ground.blend(other, share, alpha=1).hex


def _colour(value: str) -> Color:
    try:
        return Color.parse(value)
    except ColorParseError:
        return Color.parse("ansi_default")


def _colours(  # noqa: PLR0913 - all that an error names
    path: Path, text: str, table: str, values: object, wanted: tuple[str, ...], *, ansi: bool
) -> dict[str, str]:
    pattern = _ANSI if ansi else _HEX
    if not isinstance(values, dict):
        raise _wrong(path, text, table, values, "a table of colours")
    _check_keys(path, text, f"{table}.", values, set(wanted))
    for key in wanted:
        if not isinstance(values[key], str) or pattern.fullmatch(values[key]) is None:
            allowed = "ansi_default, ansi_red, ansi_bright_red ..." if ansi else "a colour as #rrggbb"
            raise _wrong(path, text, f"{table}.{key}", values[key], allowed)
    return {key: values[key] for key in wanted}


def _check_keys(path: Path, text: str, prefix: str, table: dict[str, object], wanted: set[str]) -> None:
    for key in table:
        if key not in wanted:
            raise _wrong(path, text, prefix + key, "this key", ", ".join(sorted(wanted)))
    for key in sorted(wanted):
        if key not in table:
            raise _wrong(path, text, prefix + key, "nothing", "this key is needed")


def _wrong(path: Path, text: str, key: str, found: object, allowed: str) -> ConfigError:
    name = re.escape(key.rpartition(".")[2])
    lines = (number for number, line in enumerate(text.splitlines(), 1) if re.match(rf"\s*\[?{name}\b", line))
    return ConfigError(source=path, key=key, found=str(found), allowed=allowed, line=next(lines, None))
