"""Every binding there is, with the keys of the shipped keymap `verb`. Help and menus are made from it."""

from omega_tui.ui.keymap import Bind, Context, Group


def _bind(  # noqa: PLR0913, PLR0917 - the columns of the table below
    bind_id: str, keys: str, context: Context, group: Group, tooltip: str, footer: str = "", needs: str = ""
) -> Bind:
    return Bind(bind_id, tuple(keys.split()), context, group, tooltip, footer, needs)


_A, _S, _T, _R = Context.ANY, Context.SCREEN, Context.TRADE, Context.REPLAY
_L, _G = Context.LIST, Context.GO
_E, _Q = Context.LEARN, Context.QUIZ
_OO, _OC, _OF, _OA = (
    Context.OBJECT_ORDER,
    Context.OBJECT_CANCEL,
    Context.OBJECT_FLATTEN,
    Context.OBJECT_ARM,
)

TABLE: tuple[Bind, ...] = (
    _bind("panic.cancel_market", "f8", _A, Group.PANIC, "cancel all in this market, at once", "cxl mkt"),
    _bind(
        "panic.kill", "f9", _A, Group.PANIC, "KILL: disarm, cancel all but reduce-only, until :unkill", "KILL"
    ),
    _bind("panic.flatten", "f7", _A, Group.PANIC, "flatten this market: shows the price, Enter sends"),
    _bind("order.buy", "b", _T, Group.ORDER, "BUY …", "order"),
    _bind("order.sell", "s", _T, Group.ORDER, "SELL …"),
    _bind("order.cursor", "c", _OO, Group.ORDER, "… at the cursor's price"),
    _bind("order.join", "j", _OO, Group.ORDER, "… join: buy at the bid, sell at the ask"),
    _bind("order.improve", "i", _OO, Group.ORDER, "… improve the touch by one tick"),
    _bind("order.cross", "x", _OO, Group.ORDER, "… cross: limit at the far touch + cap, IOC; Enter sends"),
    _bind("order.market", "m", _OO, Group.ORDER, "… market, with a worst price; Enter sends", "", "market"),
    _bind("order.stop", "t", _OO, Group.ORDER, "… stop: from the cursor's price on it takes, capped"),
    _bind(
        "order.stop_limit", "T", _OO, Group.ORDER, "… stop-limit: from the cursor's price on a limit order"
    ),
    _bind("cancel.verb", "x", _T, Group.ORDER, "CANCEL …", "cancel"),
    _bind("cancel.cursor", "c", _OC, Group.ORDER, "… at the cursor's price"),
    _bind("cancel.buys", "b", _OC, Group.ORDER, "… all buys here"),
    _bind("cancel.sells", "s", _OC, Group.ORDER, "… all sells here"),
    _bind("cancel.market", "m", _OC, Group.ORDER, "… all in this market; what protects a position stays"),
    _bind("cancel.all", "a", _OC, Group.ORDER, "… all, everywhere; what protects a position stays"),
    _bind("cancel.last", "l", _OC, Group.ORDER, "… the last order sent (undo)"),
    _bind("cancel.protective", "P", _OC, Group.ORDER, "… all in this market, protection included"),
    _bind("cancel.here", "delete backspace", _T, Group.ORDER, "cancel at the cursor's price"),
    _bind("cancel.market_now", "", _T, Group.ORDER, "cancel all in this market; what protects stays"),
    _bind("flatten.verb", "f", _T, Group.ORDER, "FLATTEN …", "flat"),
    _bind("flatten.all", "enter", _OF, Group.ORDER, "… the whole position"),
    _bind("flatten.quarter", "1", _OF, Group.ORDER, "… 25 % of it"),
    _bind("flatten.half", "2", _OF, Group.ORDER, "… 50 % of it"),
    _bind("flatten.most", "3", _OF, Group.ORDER, "… 75 % of it"),
    _bind("flatten.reverse", "r", _OF, Group.ORDER, "… reverse it: as large, on the other side; Enter sends"),
    _bind(
        "flatten.break_even", "e", _OF, Group.ORDER, "… stop to break-even: where entry and fees come back"
    ),
    _bind("confirm.send", "enter", _T, Group.ORDER, "send what the strip asks about"),
    _bind("entry.drop", "escape", _T, Group.ORDER, "drop the verb or the question"),
    _bind("quick.buy_join", "", _T, Group.ONE_KEY, "buy at the bid, at once"),
    _bind("quick.buy_improve", "", _T, Group.ONE_KEY, "buy one tick above the bid, at once"),
    _bind("quick.buy_cross", "", _T, Group.ONE_KEY, "buy at the ask + cap, IOC"),
    _bind("quick.sell_join", "", _T, Group.ONE_KEY, "sell at the ask, at once"),
    _bind("quick.sell_improve", "", _T, Group.ONE_KEY, "sell one tick below the ask, at once"),
    _bind("quick.sell_cross", "", _T, Group.ONE_KEY, "sell at the bid - cap, IOC"),
    _bind(
        "amend.up", "u shift+up", _T, Group.AMEND, "own order at the cursor one tick up, the cursor with it"
    ),
    _bind("amend.down", "d shift+down", _T, Group.AMEND, "… one tick down"),
    _bind("amend.up_ten", "U", _T, Group.AMEND, "… ten ticks up"),
    _bind("amend.down_ten", "D", _T, Group.AMEND, "… ten ticks down"),
    _bind("grab.pick", "space", _T, Group.AMEND, "GRAB the own order at the cursor, then move the cursor …"),
    _bind(
        "grab.drop", "space", Context.GRAB, Group.AMEND, "… drop it there; more than ten ticks asks for Enter"
    ),
    _bind("grab.abort", "backspace delete", Context.GRAB, Group.AMEND, "… leave it where it was"),
    _bind("arm.verb", "A", _T, Group.ARM, "ARM …; when armed: disarm at once", "arm"),
    _bind("arm.confirm", "enter", _OA, Group.ARM, "… let orders through"),
    _bind("size.preset", "1 2 3 4 5 6 7 8 9", _T, Group.SIZE, "size preset"),
    _bind("size.position", "0", _T, Group.SIZE, "size = the position (to close it)"),
    _bind("size.up", "plus equals_sign add", _T, Group.SIZE, "size up a step"),
    _bind("size.down", "minus subtract", _T, Group.SIZE, "size down a step"),
    _bind("size.exact", "v", _T, Group.SIZE, "type an exact size: 1500, 1.5k, 50%, 100$"),
    _bind("flag.post_only", "p", _T, Group.SIZE, "post-only on or off"),
    _bind("flag.reduce_only", "r", _T, Group.SIZE, "reduce-only on or off"),
    _bind("flag.tif", "y", _T, Group.SIZE, "time in force: GTC, IOC, FOK"),
    _bind(
        "flag.bracket", "o", _T, Group.SIZE, "bracket for the next order: the templates in turn, then none"
    ),
    _bind("cursor.down", "j down", _T, Group.CURSOR, "cursor one price down"),
    _bind("cursor.up", "k up", _T, Group.CURSOR, "cursor one price up"),
    _bind("cursor.page_down", "J pagedown", _T, Group.CURSOR, "cursor ten prices down"),
    _bind("cursor.page_up", "K pageup", _T, Group.CURSOR, "cursor ten prices up"),
    _bind("cursor.ask", "home", _T, Group.CURSOR, "cursor to the best ask"),
    _bind("cursor.bid", "end", _T, Group.CURSOR, "cursor to the best bid"),
    _bind("view.market", "c", _T, Group.CURSOR, "centre the view on the market", "centre"),
    _bind("view.cursor", "C", _T, Group.CURSOR, "centre the view on the cursor"),
    _bind("view.coarser", "Z", _T, Group.CURSOR, "more ticks to a row"),
    _bind("view.finer", "z", _T, Group.CURSOR, "fewer ticks to a row"),
    _bind("market.framing", "tab", _T, Group.CURSOR, "flip YES and NO; next pane where there is no flipping"),
    _bind("pane.previous", "shift+tab", _T, Group.CURSOR, "previous pane of the side column"),
    _bind("pane.next", "f6", _T, Group.CURSOR, "next pane of the side column"),
    _bind("ladder.next", "right_square_bracket", _T, Group.MARKET, "keys to the next ladder"),
    _bind("ladder.previous", "left_square_bracket", _T, Group.MARKET, "keys to the previous ladder"),
    _bind("chart.older", "h", _T, Group.CHART, "cursor of the chart one bar back; older ones come into view"),
    _bind("chart.newer", "l", _T, Group.CHART, "… one bar forward; after the newest it goes away"),
    _bind("chart.older_ten", "", _T, Group.CHART, "… ten bars back"),
    _bind("chart.newer_ten", "", _T, Group.CHART, "… ten bars forward"),
    _bind("chart.shorter", "left_parenthesis", _T, Group.CHART, "shorter candles: down to a second"),
    _bind("chart.longer", "right_parenthesis", _T, Group.CHART, "longer candles: up to a week"),
    _bind(
        "chart.width", "V", _T, Group.CHART, "candles narrower, so that more fit; after the narrowest wide"
    ),
    _bind("chart.overlay", "a", _T, Group.CHART, "over the candles: levels, patterns, nothing"),
    _bind("chart.kind", "m", _T, Group.CHART, "candles, the book's depth, the day's profit"),
    _bind("go.verb", "g", _S, Group.GO, "GO TO …", "go"),
    _bind("go.trade", "l", _G, Group.GO, "… the ladder"),
    _bind("go.markets", "w", _G, Group.GO, "… the markets"),
    _bind("go.system", "s", _G, Group.GO, "… the system: feeds, services, log"),
    _bind("go.orders", "o", _G, Group.GO, "… my next order: cursor on it"),
    _bind("go.positions", "p", _G, Group.GO, "… positions"),
    _bind("go.tape", "t", _G, Group.GO, "… the tape"),
    _bind("go.chart", "c", _G, Group.GO, "… the chart"),
    _bind("go.lesson", "e", _G, Group.GO, "… the lesson on what the panel shows"),
    _bind("go.quiz", "q", _G, Group.GO, "… a question made of what is on screen, then what is due"),
    _bind("go.learn", "E", _G, Group.GO, "… all lessons, the review queue, drills and the record"),
    _bind("go.panel", "x", _G, Group.GO, "… nowhere: hides the panel that teaches, or shows it again"),
    _bind("go.tip_away", "d", _G, Group.GO, "… nowhere: sends the tip away"),
    _bind("go.tip_never", "D", _G, Group.GO, "… nowhere: sends the tip away for good"),
    _bind(
        "go.layout", "1 2 3 4 5 6 7 8 9", _G, Group.GO, "… a layout: 1 ladder, 4 markets, 6 system, or saved"
    ),
    _bind("go.alerts", "a", _G, Group.GO, "… the price alerts: all that waits, Delete drops one"),
    _bind("go.volume", "v", _G, Group.GO, "… nowhere: counts the volume at price afresh"),
    _bind("market.next", "n", _T, Group.MARKET, "next market"),
    _bind("market.previous", "N", _T, Group.MARKET, "previous market"),
    _bind(
        "alert.here", "exclamation_mark", _T, Group.MARKET, "price alert at the cursor; again takes it away"
    ),
    _bind("find", "slash", _S, Group.MARKET, "find a market", "find"),
    _bind("command", "colon", _S, Group.MARKET, "command line", "cmd"),
    _bind("palette", "ctrl+p", _S, Group.MARKET, "command palette"),
    _bind("help", "question_mark f2 f1", _S, Group.MARKET, "this help", "help"),
    _bind("quit", "ctrl+q", _A, Group.MARKET, "quit; asks while orders are working"),
    _bind("hint.quit", "q", _S, Group.MARKET, "nothing, on purpose: :q quits"),
    _bind("list.up", "k up", _L, Group.LIST, "one line up"),
    _bind("list.down", "j down", _L, Group.LIST, "one line down", "move"),
    _bind("list.page_up", "K pageup", _L, Group.LIST, "a page up"),
    _bind("list.page_down", "J pagedown", _L, Group.LIST, "a page down"),
    _bind("list.first", "home", _L, Group.LIST, "to the first"),
    _bind("list.last", "end", _L, Group.LIST, "to the last"),
    _bind("list.choose", "enter", _L, Group.LIST, "show it on the ladder", "choose"),
    _bind("list.drop", "delete backspace", _L, Group.LIST, "drop it: of the price alerts alone"),
    _bind("list.leave", "escape", _L, Group.LIST, "back to the ladder", "back"),
    _bind("explain.this", "t", _S, Group.LEARN, "teach me what I am looking at; again: the next thing"),
    _bind("learn.next", "tab", _E, Group.LEARN, "next list, or next thing explained"),
    _bind("learn.previous", "shift+tab", _E, Group.LEARN, "the one before"),
    _bind("learn.page", "space", _E, Group.LEARN, "a page down; at the end go on, as Enter does"),
    _bind("learn.next_lesson", "n", _E, Group.LEARN, "next lesson"),
    _bind("learn.previous_lesson", "p", _E, Group.LEARN, "the lesson before"),
    _bind("learn.drill", "d", _E, Group.LEARN, "the drill of the lesson"),
    _bind("learn.calc", "c", _E, Group.LEARN, "the numbers of its calculations, to be changed"),
    _bind("drill.done", "ctrl+d", _E, Group.LEARN, "end the drill now and score it"),
    _bind("learn.try", "1 2 3", _E, Group.LEARN, "what an explanation offers: lesson, question, drill"),
    _bind(
        "quiz.type",
        "0 1 2 3 4 5 6 7 8 9 full_stop minus percent_sign",
        _Q,
        Group.LEARN,
        "choose an answer, or type one",
    ),
    _bind("quiz.erase", "backspace", _Q, Group.LEARN, "take the last character back"),
    _bind("quiz.up", "up right", _Q, Group.LEARN, "the answer one step up, or the bar to the right"),
    _bind("quiz.down", "down left", _Q, Group.LEARN, "the answer one step down, or the bar to the left"),
    _bind("quiz.up_more", "pageup", _Q, Group.LEARN, "ten steps up"),
    _bind("quiz.down_more", "pagedown", _Q, Group.LEARN, "ten steps down"),
    _bind("quiz.hint", "h", _Q, Group.LEARN, "show the hint, which counts; in a calculation: your numbers"),
    _bind("quiz.enter", "enter", _Q, Group.LEARN, "answer; then the next question"),
    _bind("quiz.leave", "escape", _Q, Group.LEARN, "leave the questions"),
    _bind("replay.pause", "space", _R, Group.REPLAY, "pause or go on", "pause"),
    _bind("replay.step", "full_stop", _R, Group.REPLAY, "one frame, then pause", "step"),
    _bind("replay.faster", "greater_than_sign", _R, Group.REPLAY, "twice as fast", "speed"),
    _bind("replay.slower", "less_than_sign", _R, Group.REPLAY, "half as fast"),
    _bind("replay.forward", "right", _R, Group.REPLAY, "10 s forward", "seek"),
    _bind("replay.back", "left", _R, Group.REPLAY, "10 s back"),
    _bind("replay.forward_more", "shift+right", _R, Group.REPLAY, "60 s forward"),
    _bind("replay.back_more", "shift+left", _R, Group.REPLAY, "60 s back"),
)
