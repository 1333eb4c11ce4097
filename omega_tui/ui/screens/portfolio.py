"""The portfolio screen: positions, orders, fills and profit of every venue (layouts, rule 6)."""

from omega_tui.ui.ladder.row_cells import Piece
from omega_tui.ui.panes.money_line import estimated, labelled
from omega_tui.ui.panes.portfolio_pane import portfolio_rows
from omega_tui.ui.panes.status_line import Line, padded
from omega_tui.ui.screens.listing import ListScreen
from omega_tui.ui.session.picture import Picture
from omega_tui.ui.style.glyphs import GLYPH_SETS


class PortfolioScreen(ListScreen):
    """What is held and what works, everywhere."""

    def __init__(self) -> None:
        super().__init__(id="portfolio-screen")

    def title_of(self, picture: Picture, width: int) -> Line:
        session = picture.session
        totals = session.desk.day_totals()
        unit = Piece(f" {totals.unit}" if totals.at_par else "", "dim")
        day = labelled("day", totals.usd)
        if session.doubted(picture.now_ns):
            day = estimated(day)
        return padded([Piece(" PORTFOLIO  ", "dim"), *day, unit], width)

    def all_lines(self, picture: Picture, width: int) -> tuple[Line, ...]:
        session = picture.session
        now_ns, glyphs = picture.now_ns, GLYPH_SETS[session.setting.glyphs]
        return portfolio_rows(session.desk, glyphs, now_ns, width, session.doubted(now_ns))

    def hint(self, picture: Picture) -> str:
        del picture
        return "{list.down} {list.up} scroll, Esc goes back; {panic.kill} cancels everywhere"
