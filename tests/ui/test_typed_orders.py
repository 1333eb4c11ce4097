"""Orders in words, in the running console: preview, Enter, completion, history, own commands."""

from decimal import Decimal

from cockpit import console
from msgspec import structs

from omega_tui.domain.commands import CancelProgram, HoldProgram, PlaceOrder, StartProgram
from omega_tui.domain.events.account import ProgramChanged
from omega_tui.domain.programs import Chase, Program, ProgramStatus
from omega_tui.domain.side import Side
from omega_tui.ui.commands.palette import ConsoleProvider
from omega_tui.ui.widgets.command_line import CommandLine


def sent(cockpit, kind):
    return [command for command in cockpit.backend.commands if isinstance(command, kind)]


async def arm(cockpit):
    await cockpit.keys("A", "enter")
    await cockpit.frame(0.5)
    await cockpit.fresh()


async def test_a_typed_order_is_previewed_live_and_sent_as_shown():
    async with console() as cockpit:
        await arm(cockpit)
        await cockpit.keys("colon")
        await cockpit.type("buy 10 join")
        await cockpit.fresh()
        assert "Enter sends: BUY 10" in cockpit.strip
        price = cockpit.strip.split("@ ")[1].split()[0]
        await cockpit.frame(0.2)
        await cockpit.pilot.press("enter")
        await cockpit.frame()
        assert sent(cockpit, PlaceOrder), cockpit.strip
        [command] = sent(cockpit, PlaceOrder)
        assert f"{command.request.price}" == price
        assert command.request.frame is not None
        await cockpit.keys("colon", "up")
        assert cockpit.app.screen.query_one(CommandLine).text == "buy 10 join"


async def test_a_line_at_once_is_a_paste_and_stays_for_reading():
    async with console() as cockpit:
        await arm(cockpit)
        await cockpit.keys("colon")
        await cockpit.type("scale buy 50 from 0.40 to 0.30 n 5")
        await cockpit.pilot.press("enter")
        await cockpit.frame()
        assert not sent(cockpit, StartProgram)
        assert "not sent" in cockpit.app.screen.offered
        assert cockpit.app.screen.is_typing
        await cockpit.frame(0.3)
        await cockpit.fresh()
        await cockpit.pilot.press("enter")
        await cockpit.frame()
        assert len(sent(cockpit, StartProgram)) == 1, cockpit.strip


async def test_enter_while_disarmed_says_that_nothing_was_sent():
    async with console() as cockpit:
        await cockpit.keys("colon")
        await cockpit.type("buy 10 join")
        await cockpit.frame(0.3)
        assert cockpit.strip.startswith("disarmed")
        await cockpit.pilot.press("enter")
        await cockpit.frame()
        assert cockpit.strip.startswith("not sent: disarmed")
        assert cockpit.app.screen.query_one(CommandLine).text == "buy 10 join", "the line stays"
        assert not sent(cockpit, PlaceOrder)


async def test_a_wrong_word_is_pointed_at_and_completed():
    async with console() as cockpit:
        await cockpit.keys("colon")
        await cockpit.type("buy 10 @ $bitt")
        await cockpit.frame()
        assert "there is no $bitt" in cockpit.strip
        await cockpit.pilot.press("enter")
        await cockpit.frame()
        assert cockpit.strip.startswith("not sent: there is no $bitt"), "Enter is answered"
        line = cockpit.app.screen.query_one(CommandLine)
        assert line.query_one("#typed").cursor_position == 9
        line.fill("scale buy 1 fr")
        await cockpit.pilot.press("tab")
        await cockpit.frame()
        assert line.text == "scale buy 1 from "


async def test_a_key_for_an_own_command_opens_the_line_and_sends_nothing():
    async with console() as cockpit:
        cockpit.app.user_commands = {"quick": "buy $1 join"}
        await arm(cockpit)
        cockpit.app.run_line("quick 10")
        await cockpit.frame(0.3)
        await cockpit.fresh()
        assert "Enter sends: BUY 10" in cockpit.strip
        assert not sent(cockpit, PlaceOrder)


async def test_programs_are_held_resumed_and_canceled_by_their_names():
    spec = Chase(
        side=Side.BUY, size=Decimal(5), limit_price=Decimal("0.5"), seconds=60, instrument="1001", venue="sim"
    )
    program = Program(id="p1", spec=spec, status=ProgramStatus.WORKING, size=Decimal(5))
    async with console() as cockpit:
        cockpit.backend.publish(ProgramChanged(program))
        await cockpit.frame()
        assert "chase 0/5" in cockpit.lines("#programs")[0]
        for line, kind in (("hold", HoldProgram), ("cancel chase", CancelProgram)):
            cockpit.app.run_line(line)
            assert sent(cockpit, kind)[-1] == kind("sim", "p1")
        cockpit.app.run_line("resume")
        await cockpit.frame()
        assert "there is no program to resume" in cockpit.strip
        cockpit.backend.publish(ProgramChanged(structs.replace(program, status=ProgramStatus.DONE)))
        await cockpit.frame()
        assert cockpit.lines("#programs") == []


async def test_the_palette_begins_an_order_and_sends_none():
    async with console(size="large") as cockpit:
        cockpit.app.user_commands = {"quick": "buy $1 join"}
        provider = ConsoleProvider(cockpit.app.screen)
        hits = {str(hit.text): hit async for hit in provider.search("quick")}
        assert hits["quick"].help == "opens the line: buy $1 join"
        hits = {str(hit.text): hit async for hit in provider.search("scale")}
        hits["scale …"].command()
        await cockpit.frame()
        assert cockpit.app.screen.query_one(CommandLine).text == "scale "
        assert not sent(cockpit, StartProgram)


async def test_leaving_says_which_programs_stop():
    spec = Chase(
        side=Side.BUY, size=Decimal(5), limit_price=Decimal("0.5"), seconds=60, instrument="1001", venue="sim"
    )
    async with console() as cockpit:
        cockpit.backend.publish(
            ProgramChanged(Program(id="p1", spec=spec, status=ProgramStatus.WORKING, size=Decimal(5)))
        )
        await cockpit.frame()
        cockpit.app.run_line("q")
        await cockpit.frame()
        assert "1 program stops: quit again" in cockpit.strip


async def test_what_a_closed_line_would_have_done_does_not_stay_in_the_strip():
    """Enter in the same breath as the last letter: the line was closed before it was told what was typed."""
    async with console() as cockpit:
        await cockpit.keys("colon")
        await cockpit.type("layout")
        await cockpit.pilot.press("enter")
        line = cockpit.app.screen.query_one(CommandLine)
        line.post_message(CommandLine.Typed(":", "layout"))
        await cockpit.pilot.pause()
        await cockpit.frame(0.3)
        assert cockpit.strip.startswith("layouts: none")
