"""The line at the bottom in which something is typed: a command, a search, an exact size.

It takes the place of the footer, so that opening it moves nothing. What is typed means nothing here; the
screen hears of it by messages.
"""

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.events import Key
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input

from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.panes.status_line import Line
from omega_tui.ui.widgets.lines import Lines

MAX_TYPED = 200


class CommandInput(Input):
    """A plain line of text, without a placeholder or a border."""

    def __init__(self) -> None:
        super().__init__(id="typed", compact=True, max_length=MAX_TYPED, select_on_focus=False)
        self.cursor_blink = False
        self.key_time = 0.0

    async def _on_key(self, event: Key) -> None:
        """Remember when the key was read: Enter is judged by that."""
        self.key_time = event.time


class CommandLine(Horizontal):
    """Prompt and input.

    Attributes:
        prompt: What stands before the input, as `:`.
    """

    prompt: reactive[str] = reactive("")

    class Typed(Message):
        """The text changed."""

        def __init__(self, prompt: str, text: str) -> None:
            self.prompt = prompt
            self.text = text
            super().__init__()

    class Entered(Typed):
        """Enter was pressed.

        Attributes:
            read_at: When the key was read from the terminal, as Textual's events tell it.
        """

        def __init__(self, prompt: str, text: str, read_at: float) -> None:
            self.read_at = read_at
            super().__init__(prompt, text)

    class Completion(Typed):
        """Tab was pressed: the screen may answer with `fill`."""

    class Moved(Message):
        """Up or down was pressed, for a list that goes with the line."""

        def __init__(self, step: int) -> None:
            self.step = step
            super().__init__()

    class Left(Message):
        """Escape was pressed."""

    def compose(self) -> ComposeResult:
        yield Lines(id="prompt")
        yield CommandInput()

    @property
    def text(self) -> str:
        """What is typed."""
        return self.query_one(CommandInput).value

    def open(self, prompt: str) -> None:
        """Show the line, empty, and take the keys."""
        self.prompt = prompt
        self.display = True
        typed = self.query_one(CommandInput)
        typed.value = ""
        typed.focus()

    def close(self) -> None:
        """Hide the line and let go of the keys."""
        self.display = False
        self.screen.set_focus(None)

    def take(self, key: Key) -> None:
        """Take a key that was on its way to the screen when the line opened: a quick typist's."""
        typed = self.query_one(CommandInput)
        if key.key == "enter":
            self.post_message(self.Entered(self.prompt, typed.value, key.time))
        elif key.key == "backspace":
            typed.action_delete_left()
        elif key.is_printable and key.character is not None:
            typed.insert_text_at_cursor(key.character)
        else:
            self.on_key(key)

    def fill(self, text: str) -> None:
        """Replace what is typed, the cursor at its end."""
        typed = self.query_one(CommandInput)
        typed.value = text
        typed.cursor_position = len(text)

    def point(self, at: int) -> None:
        """Put the cursor on the word that is wrong."""
        self.query_one(CommandInput).cursor_position = at

    def watch_prompt(self, prompt: str) -> None:
        line: Line = (Piece(f" {prompt}", "key"),)
        prompt_line = self.query_one("#prompt", Lines)
        prompt_line.lines = (line,)
        prompt_line.styles.width = len(prompt) + 1

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.display:
            self.post_message(self.Typed(self.prompt, event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        read_at = self.query_one(CommandInput).key_time
        self.post_message(self.Entered(self.prompt, event.value, read_at))

    def on_key(self, event: Key) -> None:
        match event.key:
            case "tab":
                self.post_message(self.Completion(self.prompt, self.text))
            case "escape":
                self.post_message(self.Left())
            case "up" | "down":
                self.post_message(self.Moved(1 if event.key == "down" else -1))
            case _:
                return
        event.stop()
        event.prevent_default()
