"""The tape: public prints, newest on top, as many as fit."""

from omega_tui.ui.tape_rows import TapeModel, tape_heading, tape_rows
from omega_tui.ui.widgets.painted_rows import PaintedRows


class Tape(PaintedRows):
    """Shows the prints of one instrument; it holds no more than `model`."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - as Textual
        super().__init__(id=id, classes=classes)
        self._model = TapeModel(None)
        self._headed = True

    @property
    def model(self) -> TapeModel:
        """What is shown."""
        return self._model

    @model.setter
    def model(self, model: TapeModel) -> None:
        if model is self._model:
            return
        self._model = model
        self._show()

    @property
    def headed(self) -> bool:
        """Whether the first line is a heading; off where a line above says what this is."""
        return self._headed

    @headed.setter
    def headed(self, headed: bool) -> None:
        if headed != self._headed:
            self._headed = headed
            self._show()

    @property
    def capacity(self) -> int:
        """How many prints can be seen; the app need keep no more."""
        return max(0, self.size.height - self._headed)

    def on_resize(self) -> None:
        self._show()

    def _show(self) -> None:
        width, height = self.size
        if width and height:
            heading = (tape_heading(self._model, width),) if self._headed else ()
            self.show_rows((*heading, *tape_rows(self._model, width, height - len(heading))))
