"""Ceilings that no configuration raises, and that no order passes (order-safety rules, section 6).

Not even a way out: what closes more than one order may be goes in several. Those of positions and of counts
are no matter there: a way out makes a position smaller, and the pace of every order keeps below the counts.
"""

from decimal import Decimal

D = Decimal

MAX_ORDER_NOTIONAL = D(10_000)
MAX_ORDER_SIZE = D(1_000_000)
MAX_POSITION_NOTIONAL = D(50_000)
MAX_GROSS_NOTIONAL = D(100_000)
MAX_TOTAL_NOTIONAL = D(200_000)
MAX_OPEN_ORDERS_INSTRUMENT = 100
MAX_OPEN_ORDERS_ACCOUNT = 500
MAX_ORDERS_PER_SECOND = 40
MAX_ORDERS_PER_MINUTE = 600
MAX_ORDERS_PER_DAY = 20_000
MAX_PRICE_COLLAR = D("0.5")
