"""A process that merges a customer and kills itself, as `kill -9` does, at one of its writes.

`python -m tests.support.dying URL WRITE before|after`
"""

import os
import signal
import sys

from storage.redis import connect
from tests.support.people import BreakingStore, aliased
from tests.support.services import Shop


class DyingStore(BreakingStore):
    """Ends the process in earnest."""

    def end(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


def main(url: str, write: str, when: str) -> None:
    store = DyingStore(connect(url, timeout_s=5.0))
    store.breaks, store.done = int(write), when == "after"
    Shop(store=store).service.handle_event(aliased("x"))


if __name__ == "__main__":
    main(*sys.argv[1:])
