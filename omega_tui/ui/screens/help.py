"""The help: every binding, made from the table that the program itself uses."""

from omega_tui.ui.panes.help_pane import help_rows
from omega_tui.ui.panes.pane_lines import message, wrapped
from omega_tui.ui.panes.status_line import Line
from omega_tui.ui.screens.listing import ListScreen
from omega_tui.ui.session.picture import Picture
from omega_tui.ui.style.direction import WORDS, direction_of


class HelpScreen(ListScreen):
    """Keys by group."""

    def __init__(self) -> None:
        super().__init__(id="help-screen")

    def title_of(self, picture: Picture, width: int) -> Line:
        if picture.keymap.key_of("quick.buy_join"):
            return message("HELP  while armed an order takes one key, or two: verb and object", width)
        return message("HELP  an order takes two keys, verb and object; the strip shows each price", width)

    def all_lines(self, picture: Picture, width: int) -> tuple[Line, ...]:
        rises = WORDS[direction_of(self.app.theme)]
        colours = f"COLOURS  rising prices are {rises}; :theme dir and green-up, red-up or blue-orange"
        keys = help_rows(picture.keymap, width, is_replay=picture.session.setting.is_replay)
        return (*keys, *(message(line, width) for line in wrapped(colours, width - 2)))

    def hint(self, picture: Picture) -> str:
        del picture
        back = "{list.down} {list.up} scroll, Esc goes back"
        return f"{back}; keymap.toml changes keys, :drill learns them"
