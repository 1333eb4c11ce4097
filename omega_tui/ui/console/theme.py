"""The console as far as colours and sounds are concerned: `:theme`, and the question of the first session."""

from typing import Any

from omega_tui.ui.console.engine import REFUSED_NS
from omega_tui.ui.console.frame import FrameApp
from omega_tui.ui.desk.feedback import Player
from omega_tui.ui.style.direction import WORDS, Direction, DirectionQuestion, direction_of, themed


class ThemeApp(FrameApp):
    """The console's colours and sounds.

    Attributes:
        chosen_theme: What the trader chose in this session; empty for nothing.
        theme_is_configured: Whether the configuration names a theme. It was written there to stay, so that
            what is chosen on the screen lasts for this session alone, and says so.
    """

    def __init__(self, *parts: Any, **options: Any) -> None:  # noqa: ANN401 - those of the base class
        super().__init__(*parts, **options)
        self.chosen_theme = ""
        self.theme_is_configured = False
        self._question: DirectionQuestion | None = None
        self._parsed_with = self.get_css_variables()
        self.stylesheet.set_variables(self._parsed_with)

    def refresh_css(self, animate: bool = True) -> None:  # noqa: FBT001, FBT002 - as Textual calls it
        """Parse the style sheets again only for other colours than those they were parsed with.

        Textual has it done once at every start, on the way to the first picture, because a theme was set.
        """
        variables = self.get_css_variables()
        if variables != self._parsed_with:
            self._parsed_with = variables
            super().refresh_css(animate=animate)
            return
        for node in (self, *self.screen_stack):
            self.stylesheet.update(node, animate=animate)

    def have_played(self, player: Player | None) -> None:
        """Let the trader's own program play what the bell rings for."""
        self._feedback.player = player

    def ask_direction(self) -> None:
        """Ask in the strip how rising prices are to look. What is in force is preselected."""
        self._question = DirectionQuestion(direction_of(self.theme))
        self.session.prompt = self._question.text

    def answer_direction(self, key: str) -> bool:
        """Take a key for the question; return whether it was its answer, and so means nothing else.

        Any other key means what it always does, and leaves the colours as they are.
        """
        question, self._question = self._question, None
        if question is None:
            return False
        self.session.prompt = ""
        chosen = question.answer(key)
        self._take(themed(self.theme, chosen or question.preselected))
        kept = WORDS[direction_of(self.theme)]
        self.say(f"rising prices are {kept}; :theme dir changes that")
        return chosen is not None

    def theme_command(self, argument: str) -> None:
        """Carry out `:theme NAME` or `:theme dir DIRECTION`."""
        word, _, direction = argument.partition(" ")
        if word == "dir":
            self._take(themed(self.theme, Direction(direction)))
        else:
            self._take(argument)
        rising = WORDS[direction_of(self.theme)]
        lasts = "for this session; ui.theme sets the next" if self.theme_is_configured else "kept"
        self.say(f"{self.theme}, rising prices are {rising}: {lasts}", for_ns=REFUSED_NS)

    def _take(self, theme: str) -> None:
        self.theme = self.chosen_theme = theme
