"""The tape: public prints, newest on top, as many as fit."""

from omega_tui.ui.panes.tape_rows import TapeModel, flow_line, has_flow_line, tape_heading, tape_rows
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
            model = self._model
            heading = (tape_heading(model, width),) if self._headed else ()
            ends = (flow_line(model, width),) if has_flow_line(width, height - len(heading)) else ()
            room = height - len(heading) - len(ends)
            self.show_rows((*heading, *tape_rows(model, width, room), *ends))
