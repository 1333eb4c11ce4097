from pathlib import Path

import pytest
from cockpit import console
from colour_vision import VISIONS, XTERM, contrast, difference
from fake_backend import holding
from rich.color import Color as RichColor
from rich.color import ColorSystem
from textual.app import App
from textual.theme import BUILTIN_THEMES

from omega_tui.errors import ConfigError
from omega_tui.ui.style.styles import _GROUNDS, _LOOKS, Styles
from omega_tui.ui.style.themes import (
    ROLES,
    bundled_folder,
    load_theme,
    load_themes,
    readable_on,
    role_colours,
)

THEMES = load_themes()
SIXTEEN = [name for name, theme in THEMES.items() if theme.ansi]
TRUE = [name for name in THEMES if name not in SIXTEEN]


@pytest.fixture
def palette(tmp_path):
    """A correct palette file that a test may spoil."""
    path = tmp_path / "mine.toml"
    path.write_text((bundled_folder() / "omega-dark.toml").read_text().replace("omega-dark", "mine"))
    return path


def spoil(path: Path, old: str, new: str) -> Path:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


def test_the_default_comes_first_and_both_grounds_are_there():
    assert next(iter(THEMES)) == "omega-dark"
    assert {theme.dark for theme in THEMES.values()} == {True, False}
    assert {"omega-light", "omega-cvd-dark", "omega-cvd-light", "omega-contrast"} <= set(THEMES)


def test_the_method_gives_the_known_figures():
    """The table of the colour conventions, section 3: contrast, then distance for each kind of vision."""
    for up, down, wanted in (
        ("#3fb950", "#f85149", (119, 32, 8, 126)),
        ("#00ff00", "#ff0000", (171, 66, 28, 153)),
        ("#56b4e9", "#e69f00", (113, 101, 111, 87)),
        ("#005a9c", "#b34700", (104, 85, 100, 92)),
    ):
        assert tuple(round(difference(up, down, vision)) for vision in VISIONS) == wanted
    assert round(contrast("#3fb950", "#0d1117"), 1) == 7.4
    assert round(contrast("#ffffff", "#b00020"), 1) == 7.3


@pytest.mark.parametrize("name", TRUE)
def test_text_can_be_read(name):
    """WCAG AA for everything that is text, on the ground it stands on."""
    styles = Styles(THEMES[name])
    colours = styles.colours
    for role in ROLES:
        if role not in {
            "cursor",
            "cursor-idle",
            "bar-buy",
            "bar-sell",
            "live-bar",
            "paper-bar",
            "on-bar",
            "volume",
        }:
            assert contrast(colours[role], colours["background"]) >= 4.5, role
    for ground in ("cursor", "cursor-idle", "bar-buy", "bar-sell", "surface", "panel"):
        assert contrast(colours["foreground"], colours[ground]) >= 7, ground
    for ground in ("live-bar", "paper-bar"):
        assert contrast(colours["on-bar"], colours[ground]) >= 4.5, ground
    for role in ("muted", "faint"):
        assert contrast(colours[role], colours["surface"]) >= 4, role


@pytest.mark.parametrize("name", TRUE)
def test_text_on_the_row_of_the_cursor_can_be_read_and_still_tells_the_sides_apart(name):
    """Those roles among them that no row has today: whoever writes one there need not think of it."""
    styles = Styles(THEMES[name])
    blocks = {"volume", "chart.heat", "print.bar.buy", "print.bar.sell", "print.bar.none"}
    for layer in (*_GROUNDS, "stale.cursor", "stale.cursor.buy"):
        for role in _LOOKS.keys() - blocks:
            style = styles.style(role, layer)
            assert contrast(style.color.name, style.bgcolor.name) >= 4.5, (role, layer)
        buy, sell = (styles.style(role, layer).color.name for role in ("own.buy", "own.sell"))
        visions = VISIONS if "cvd" in name or "red-up" in name else VISIONS[:1]
        assert min(difference(buy, sell, vision) for vision in visions) >= 60, layer
        usual = [styles.colours[role] for role in ("side-buy", "side-sell")]
        for side, (same, other) in ((buy, usual), (sell, usual[::-1])):
            assert difference(side, same) < difference(side, other) / 4, "nearly as on any other row"


def of_256(colour):
    """Return what a terminal of 256 colours shows, by the library that writes to it."""
    return colour.downgrade(ColorSystem.EIGHT_BIT).get_truecolor().hex


@pytest.mark.parametrize("name", TRUE)
def test_text_can_be_read_where_the_terminal_has_256_colours(name):
    """It rounds both colours of a pair, and brings them nearer: 2.5 on the row of the cursor in a palette."""
    styles = Styles(THEMES[name], has_256=True)
    blocks = {"volume", "chart.heat", "print.bar.buy", "print.bar.sell", "print.bar.none"}
    for layer in ("", *_GROUNDS, "stale", "stale.cursor", "stale.cursor.buy"):
        for role in _LOOKS.keys() - blocks:
            style = styles.style(role, layer)
            assert contrast(of_256(style.color), of_256(style.bgcolor)) >= 4.5, (role, layer)
        buy, sell = (of_256(styles.style(role, layer).color) for role in ("own.buy", "own.sell"))
        visions = VISIONS if "cvd" in name or "red-up" in name else VISIONS[:1]
        assert min(difference(buy, sell, vision) for vision in visions) >= 30, layer
        usual = [of_256(RichColor.parse(styles.colours[role])) for role in ("side-buy", "side-sell")]
        for side, (same, other) in ((buy, usual), (sell, usual[::-1])):
            assert difference(side, same) < difference(side, other), "nearer to its own than to the other"
    for bar in ("live-bar", "paper-bar"):
        ground, ink = (of_256(RichColor.parse(styles.colours[role])) for role in (bar, "on-bar"))
        assert contrast(ground, ink) >= 4.5, bar


@pytest.mark.parametrize("ground", ["#2d333b", "#dfe2e6"])
def test_a_colour_is_mixed_with_no_more_ink_than_it_takes(ground):
    ink = "#e6edf3" if ground == "#2d333b" else "#1f2328"
    assert readable_on(ground, ink, "#00ff00") == ink, "it can be read as it is"
    assert 4.5 <= contrast(readable_on(ground, "#888888", ink), ground) < 4.8
    assert readable_on("#808080", "#808080", "#909090") == "#909090", "no more than there is"
    assert readable_on("ansi_blue", "#808080", ink) == "#808080", "nobody knows that blue"


@pytest.mark.parametrize("name", THEMES)
def test_an_outcome_looks_like_no_side(name):
    """A token is no order: YES in the hue of bids would look bought, and in a palette it was (below 20)."""
    theme = THEMES[name]
    own = {"ansi_default": "#ffffff" if theme.dark else "#000000"}
    colours = {role: (XTERM | own).get(colour, colour) for role, colour in Styles(theme).colours.items()}
    text = own["ansi_default"] if theme.ansi else colours["foreground"]
    for outcome in ("outcome-yes", "outcome-no"):
        for other in ("side-buy", "side-sell"):
            visions = [] if colours[outcome] == text else VISIONS
            apart = min((difference(colours[outcome], colours[other], one) for one in visions), default=20)
            assert apart >= 20, (outcome, other, apart)
        for other in ("own", "warn", "alarm", "good"):
            assert colours[outcome] == text or difference(colours[outcome], colours[other]) >= 20, other
    apart = min(difference(colours["outcome-yes"], colours["outcome-no"], vision) for vision in VISIONS)
    assert apart >= 20 or theme.ansi, "NO is told from YES; of sixteen colours none may be left"


@pytest.mark.parametrize("name", SIXTEEN)
def test_sixteen_colours_can_be_read_with_the_usual_set(name):
    """With xterm's colours, on a ground that is black or white: at least what large or bold text needs."""
    theme = THEMES[name]
    styles = Styles(theme)
    own = {"ansi_default": "#000000" if theme.dark else "#ffffff"}
    colours = {role: (XTERM | own).get(colour, "") for role, colour in styles.colours.items()}
    for role in ("side-buy", "side-sell", "own", "warn", "alarm", "outcome-yes", "outcome-no"):
        if styles.colours[role] != "ansi_default":  # Which is what text has.
            assert contrast(colours[role], colours["background"]) >= 3, role
    for layer in ("cursor", "cursor.buy", "cursor.sell"):
        for role in ("size", "own.buy", "price.prefix", "price"):
            style = styles.style(role, layer)
            seen = [list(XTERM.values())[colour.number] for colour in (style.color, style.bgcolor)]
            assert contrast(*seen) >= 4.5, (role, layer)
    assert styles.style("price.prefix").dim
    assert styles.style("dim").dim
    assert styles.style("title.name", "title").bgcolor.is_default, "black on a light terminal"


@pytest.mark.parametrize("name", TRUE)
def test_buying_and_selling_are_told_apart_by_every_kind_of_vision(name):
    """Below 20 means practically the same colour (colour conventions, section 3).

    Green and red cannot pass for one kind of vision, which is why they come with glyph, place and sign, and
    why there are palettes that pass.
    """
    colours = Styles(THEMES[name]).colours
    pairs = [("side-buy", "side-sell"), ("dir-up", "dir-down"), ("pnl-pos", "pnl-neg")]
    for one, other in pairs:
        assert difference(colours[one], colours[other]) >= 100, "to most eyes far apart"
    if "cvd" in name or "red-up" in name:
        for one, other in [*pairs, ("outcome-yes", "outcome-no"), ("bar-buy", "bar-sell")]:
            apart = min(difference(colours[one], colours[other], vision) for vision in VISIONS)
            assert apart >= (15 if one == "bar-buy" else 20), (one, other, apart)


@pytest.mark.parametrize("name", TRUE)
def test_buying_and_selling_are_told_apart_from_warnings(name):
    colours = Styles(THEMES[name]).colours
    assert len({colours[role] for role in ("side-buy", "side-sell", "warn")}) == 3
    if "cvd" in name or "red-up" in name:
        for word in ("warn", "alarm", "own"):
            for side in ("side-buy", "side-sell"):
                apart = min(difference(colours[word], colours[side], vision) for vision in VISIONS)
                assert apart >= 12, (word, side, apart)


def test_a_market_where_red_is_up_flips_sides_and_directions_but_no_alarm():
    for ground in ("dark", "light"):
        usual = Styles(THEMES[f"omega-{ground}"]).colours
        flipped = Styles(THEMES[f"omega-red-up-{ground}"]).colours
        for role in ("dir-up", "side-buy", "pnl-pos"):
            assert difference(flipped[role], usual["dir-down"]) < difference(flipped[role], usual["dir-up"])
        assert flipped["alarm"] not in {flipped["side-buy"], flipped["side-sell"], flipped["dir-down"]}
        assert flipped["live-bar"] == usual["live-bar"]
        assert flipped["good"] == usual["good"], "a live book in red would look like an alarm"


@pytest.mark.parametrize("name", [*THEMES, *BUILTIN_THEMES])
def test_every_role_has_a_style_in_every_theme(name):
    theme = THEMES.get(name) or BUILTIN_THEMES[name]
    styles = Styles(theme)
    for role in (*_LOOKS, "bar.buy", "bar.sell", "edge.buy", "edge.sell"):
        for layer in ("", "cursor", "cursor.idle", "cursor.buy", "stale", "stale.cursor", "title", "heading"):
            assert styles.style(role, layer) is styles.style(role, layer)
    assert set(role_colours(theme)) == set(ROLES)


@pytest.mark.parametrize("name", SIXTEEN)
def test_what_is_free_of_a_bids_bar_is_left_to_the_terminals_own_ground(name):
    """It cannot be drawn with: as a figure the default colour is that of text."""
    styles = Styles(THEMES[name])
    edge = styles.style("edge.buy")
    assert edge.reverse
    assert edge.bgcolor.is_default
    assert edge.color == styles.style("bar.buy").bgcolor


@pytest.mark.parametrize("name", SIXTEEN)
def test_one_of_sixteen_colours_means_one_thing(name):
    """A bar has the hue of its side, in which its orders are written, and volume has neither."""
    colours = {role: colour.replace("bright_", "") for role, colour in Styles(THEMES[name]).colours.items()}
    assert (colours["bar-buy"], colours["bar-sell"]) == (colours["side-buy"], colours["side-sell"])
    assert colours["volume"] not in {colours["side-buy"], colours["side-sell"], colours["own"]}


@pytest.mark.parametrize("name", TRUE)
def test_volume_looks_like_no_side_and_is_seen_in_the_row_of_the_cursor(name):
    colours = Styles(THEMES[name]).colours
    for role in ("bar-buy", "bar-sell", "cursor"):
        assert difference(colours["volume"], colours[role]) >= 13, role


@pytest.mark.parametrize("name", TRUE)
def test_what_differs_still_differs_in_256_colours(name):
    colours = Styles(THEMES[name]).colours
    for group in (
        ("background", "cursor", "bar-buy", "bar-sell", "volume"),
        ("foreground", "side-buy", "side-sell", "own", "alarm", "faint"),
        ("live-bar", "paper-bar", "background"),
    ):
        numbers = {
            role: RichColor.parse(colours[role]).downgrade(ColorSystem.EIGHT_BIT).number for role in group
        }
        assert len(set(numbers.values())) == len(group), numbers


def test_what_must_be_seen_without_colour_has_an_attribute():
    styles = Styles(THEMES["omega-dark"])
    assert styles.style("own.alarm").reverse
    assert styles.style("own.sent").underline
    assert styles.style("own.canceling").strike
    assert styles.style("own.buy").bold
    assert styles.style("price.cursor", "cursor").reverse
    assert styles.style("chip.stale", "title").reverse


@pytest.mark.parametrize("name", TRUE)
def test_without_colour_what_a_colour_would_say_is_as_bright_as_text(name):
    """Red and green as greys are nothing but text that is harder to read."""
    styles = Styles(THEMES[name], is_plain=True)
    text = styles.style("size").color
    for role in ("own.buy", "own.sell", "print.sell", "own.alarm", "price.last.down"):
        assert styles.style(role).color == text
    assert styles.style("price.prefix").color != text, "what is of second rank stays so"


async def test_the_themes_can_be_registered_and_their_roles_used_in_a_style_sheet():
    class Themed(App):
        CSS = "Screen { background: $bar-buy; color: $side-sell; }"

        def get_theme_variable_defaults(self):
            return role_colours(self.current_theme)

    app = Themed()
    async with app.run_test() as pilot:
        for name, theme in THEMES.items():
            app.register_theme(theme)
            app.theme = name
            await pilot.pause()
            assert app.screen.styles.background.hex.lower() == theme.variables["bar-buy"]


@pytest.mark.parametrize(
    ("before", "after"),
    [("omega-cvd-light", "omega-light"), ("omega-16-dark", "omega-16-red-up-dark")],
)
async def test_another_theme_on_the_same_ground_changes_every_colour(before, after):
    """Profit in the header stayed in the colour of the theme before until it was another number."""
    async with console(holding, theme=before) as cockpit, console(holding, theme=after) as fresh:
        cockpit.app.theme = after
        await cockpit.frame()
        shown, wanted = (one.app.screen._compositor.render_strips() for one in (cockpit, fresh))
        assert [list(strip) for strip in shown] == [list(strip) for strip in wanted]


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('side-buy = "#3fb950"', 'side-buy = "green"', "roles.side-buy"),
        ('side-buy = "#3fb950"', "side-buy = 7", "roles.side-buy"),
        ('side-buy = "#3fb950"', "", "roles.side-buy"),
        ('side-buy = "#3fb950"', 'side-buy = "#3fb950"\nside-buyer = "#3fb950"', "roles.side-buyer"),
        ('primary = "#388bfd"', 'primary = "#388bf"', "base.primary"),
        ("dark = true", 'dark = "yes"', "dark"),
        ('name = "mine"', 'name = "Mine!"', "name"),
        ("[roles]", "[rules]", "rules"),
    ],
)
def test_a_wrong_palette_names_file_and_key(palette, old, new, key):
    with pytest.raises(ConfigError) as caught:
        load_theme(spoil(palette, old, new))
    assert caught.value.key == key
    assert str(palette) in str(caught.value)


def test_a_wrong_colour_names_its_line(palette):
    spoil(palette, 'side-buy = "#3fb950"', 'side-buy = "green"')
    line = next(
        n for n, text in enumerate(palette.read_text().splitlines(), 1) if text.startswith("side-buy")
    )
    with pytest.raises(ConfigError) as caught:
        load_theme(palette)
    assert caught.value.line == line
    assert caught.value.found == "green"


def test_what_is_no_text_at_all_is_an_error_too(tmp_path):
    path = tmp_path / "x.toml"
    for content in (b"\xff\xfe", b"name = "):
        path.write_bytes(content)
        with pytest.raises(ConfigError, match=r"x\.toml"):
            load_theme(path)
    with pytest.raises(ConfigError):
        load_theme(tmp_path / "absent.toml")


def test_users_add_and_replace_themes(palette, tmp_path):
    themes = load_themes(tmp_path)
    assert "mine" in themes
    spoil(palette, 'name = "mine"', 'name = "omega-dark"')
    spoil(palette, "#3fb950", "#00ff00")
    assert load_themes(tmp_path)["omega-dark"].success == "#00ff00"
    assert load_themes(tmp_path / "nowhere") == THEMES


@pytest.mark.parametrize("name", SIXTEEN)
def test_sixteen_colours_tell_sides_from_each_other_and_from_alarms(name):
    """With xterm's colours; where green and red cannot pass, the palettes that must are held to it."""
    theme = THEMES[name]
    own = {"ansi_default": "#000000" if not theme.dark else "#ffffff"}
    colours = {role: (XTERM | own)[colour] for role, colour in Styles(theme).colours.items()}
    for one, other in (("side-buy", "side-sell"), ("dir-up", "dir-down"), ("pnl-pos", "pnl-neg")):
        visions = VISIONS if "cvd" in name or "red-up" in name else VISIONS[:1]
        assert min(difference(colours[one], colours[other], vision) for vision in visions) >= 20, one
    assert colours["warn"] not in {colours["side-buy"], colours["side-sell"]}
    if "red-up" in name:
        assert colours["alarm"] not in {colours["side-buy"], colours["side-sell"]}
