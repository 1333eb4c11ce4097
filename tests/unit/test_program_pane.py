"""How programs are listed and called, and that a stop which nothing watches is not drawn as working."""

from decimal import Decimal

from hand import INSTRUMENT
from msgspec import structs

from omega_tui.domain.orders import OrderRequest, OrderType
from omega_tui.domain.programs import Chase, Program, ProgramStatus, Stop
from omega_tui.domain.side import Side
from omega_tui.ui.ladder.facts import held_orders
from omega_tui.ui.panes.program_pane import MOST_LINES, program_lines, program_names

STOP = OrderRequest(
    client_order_id="",
    instrument="1001",
    venue="sim",
    side=Side.SELL,
    size=Decimal(10),
    price=Decimal("0.40"),
    trigger_price=Decimal("0.40"),
    order_type=OrderType.MARKET,
    reduce_only=True,
    program="p1",
    role="stop",
)
WHERE = {"instrument": "1001", "venue": "sim"}
HELD_STOP = Program(
    id="p1",
    spec=Stop(order=STOP, cap_ticks=5, **WHERE),
    status=ProgramStatus.WORKING,
    size=Decimal(10),
    held=(STOP,),
)
CHASE = Program(
    id="p2",
    spec=Chase(side=Side.BUY, size=Decimal(5), limit_price=Decimal("0.5"), seconds=60, **WHERE),
    status=ProgramStatus.WORKING,
    size=Decimal(5),
    filled=Decimal(2),
)


def text(program, width=60):
    [line] = program_lines((program,), {"1001": INSTRUMENT}, width)
    shown = "".join(piece.text for piece in line)
    assert len(shown) == width
    return shown.strip(), {piece.role for piece in line}


def test_a_program_is_one_line_with_its_progress_and_what_waits_here():
    assert text(CHASE)[0] == "B chase 2/5 YES working"
    assert text(HELD_STOP)[0] == "S stop 0/10 YES working · stop 0.40 here"


def test_a_stop_that_nothing_watches_says_so_and_is_not_drawn_on_the_ladder():
    held = structs.replace(HELD_STOP, status=ProgramStatus.HELD, reason="disarmed")
    shown, roles = text(held)
    assert shown == "S stop 0/10 YES unwatched stop 0.40, held · disarmed"
    assert "alarm" in roles
    assert "unwatched" in text(held, 33)[0], "beside the tape of a console of 120 columns"
    assert held_orders([HELD_STOP], "1001")
    assert not held_orders([held], "1001")


def test_why_a_program_waits_comes_first():
    waiting = structs.replace(HELD_STOP, reason="waits: The prices are not live")
    shown, roles = text(waiting, 50)
    assert shown.startswith("S stop 0/10 YES waits: The prices are not live")
    assert "warn" in roles


def test_programs_of_one_kind_are_numbered_and_a_long_list_is_cut():
    many = tuple(structs.replace(CHASE, id=f"p{number}") for number in range(MOST_LINES + 3))
    assert list(program_names(many))[:3] == ["chase", "chase2", "chase3"]
    lines = program_lines(many, {}, 40)
    assert len(lines) == MOST_LINES
    assert "and 4 more programs" in "".join(piece.text for piece in lines[-1])
