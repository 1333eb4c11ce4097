"""The embedded Bitget as a process of its own, until it is killed: `python bitget_exchange.py PORT SEED`.

It prints one line of JSON: where it listens, and the key of its account with money.
"""

import asyncio
import json
import sys

from omega_tui.sim.bitget import EmbeddedBitget


async def main(port: int, seed: int) -> None:
    async with EmbeddedBitget(seed=seed, rate=60, port=port) as venue:
        keys = venue.credentials
        told = {
            "url": venue.base_url,
            "api_key": keys.api_key,
            "api_secret": keys.secret.reveal(),
            "passphrase": keys.passphrase.reveal(),
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
