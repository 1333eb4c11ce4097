"""The settings of the screen: what is drawn, heard, and asked, and which keys there are."""

from dataclasses import dataclass
from decimal import Decimal

from omega_tui.config.ceilings import MAX_ORDER_SIZE
from omega_tui.settings import VENUE_NAME, choice, folder_or_file, names, numbers, pattern, setting

D = Decimal


@dataclass(frozen=True, slots=True)
class UiConfig:
    """The screen."""

    venues: tuple[str, ...] = names(
        ("sim", "sim-spot", "sim-swap"),
        VENUE_NAME,
        words="names as of --venue",
        most=12,
        doc="Venues of the console, the first one first; --venue, or `venue`, comes before this.",
    )

    theme: str = pattern(
        "omega-dark", r"[a-z0-9][a-z0-9-]{0,39}", words="the name of a theme", doc="Colours."
    )
    glyphs: str = choice(
        "auto",
        {
            "auto": "what the terminal draws in line",
            "unicode": "bars and arrows",
            "cjk": "only what CJK terminals draw one cell wide",
            "ascii": "letters and signs alone",
        },
        doc="Characters that the screen is drawn with.",
    )
    thousands: str = choice(
        "auto",
        {
            "auto": "as the locale does, with an apostrophe where it uses a point",
            "comma": "1,234.5",
            "apostrophe": "1'234.5",
            "space": "1 234.5",
        },
        doc="What stands between the thousands of a number on the screen.",
    )
    mode: str = choice(
        "full",
        {"full": "as the rest says", "lite": "for a slow line: no bars, no flashes, 5 frames a second"},
        doc="How much is drawn.",
    )
    bars: bool = setting(default=True, doc="Draw resting sizes as bars, too.")
    last_sizes: str = choice(
        "auto",
        {"auto": "not over ssh", "on": "always", "off": "never"},
        doc="Column of the size last traded at a price, where a ladder is wide enough.",
    )
    reduced_motion: bool = setting(default=False, doc="Let nothing flash or move by itself.")
    bell_fill: bool = setting(default=True, doc="Ring the terminal's bell at a fill.")
    bell_refused: bool = setting(default=True, doc="Ring it when a venue refuses an order.")
    bell_unknown: bool = setting(default=True, doc="Ring it when it is not known whether an order exists.")
    bell_disarmed: bool = setting(default=True, doc="Ring it when something else than you disarms.")
    bell_price: bool = setting(default=True, doc="Ring it when a price alert is reached.")
    bell_alarm: bool = setting(default=True, doc="Ring it at every other alarm.")
    sound_command: str = pattern(
        "",
        r"[^\x00-\x1f]{0,300}",
        words="a command line of up to 300 characters",
        doc="Program started for what the bell rings for, as 'play {event}.wav'; {event} is fill, refused, "
        "unknown, disarmed, price or alarm. No shell, and never over ssh. Empty: none.",
    )
    notifications: str = choice(
        "off",
        {
            "off": "none",
            "osc9": "as iTerm2, WezTerm, Windows Terminal and kitty show them",
            "osc777": "as urxvt, foot and Ghostty show them",
        },
        doc="Have the terminal show what the bell rings for, on the desktop in front of you.",
    )
    fps: int = setting(30, low=1, high=60, unit="Hz", doc="Frames per second, at most.")
    size_presets: tuple[Decimal, ...] = numbers(
        (D(5), D(10), D(25), D(50), D(100), D(250), D(500), D(1000), D(2500)),
        low=D("0.000001"),
        high=MAX_ORDER_SIZE,
        most=9,
        doc="Order sizes on the keys 1 to 9.",
    )
    keymap: str = choice(
        "verb",
        {
            "verb": "a verb, then an object",
            "onekey": "orders at one key, for scalping",
            "numpad": "orders on the digits",
            "arrows": "no letters: F keys and arrows",
            "das": "verb, and hotkeys after a comma",
        },
        doc="Shipped keymap; a keymap file may begin with another.",
    )
    keymap_file: str = folder_or_file(
        "", doc="Keymap file; empty: keymap.toml beside this file, if it is there."
    )
    confirm: str = choice(
        "strip",
        {"strip": "Enter is asked for", "none": "it is not; market orders and reversing always ask"},
        doc="What is done before an order that takes leaves.",
    )
    panel: str = choice(
        "auto",
        {"auto": "shown, but not with one-key orders", "on": "shown", "off": "hidden until a key brings it"},
        doc="The panel that teaches beside the ladder, when the console starts.",
    )
    tips: str = choice(
        "normal",
        {"off": "none", "low": "a third as many", "normal": "about one an hour at most"},
        doc="Tips in that panel; never while an order is entered.",
    )
    brackets: str = pattern(
        "20/10, 40/20",
        r"(?:[1-9]\d{0,4}/[1-9]\d{0,4}(?:, *[1-9]\d{0,4}/[1-9]\d{0,4}){0,7})?",
        words="ticks to the gain and to the loss, as 20/10, up to eight of them",
        doc="Brackets that a key puts round the next order, in turn.",
    )
    market_order_key: bool = setting(default=False, doc="Allow a key that takes whatever the book offers.")
    disarm_on_blur: bool = setting(default=True, doc="Disarm when the terminal window loses the focus.")
