"""Workers that are killed in the middle of anything: senders try again, and no unit is lost or given twice."""

import os
import random
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.serving import Served
from tests.support.processes import workers_of
from tests.support.stock import gifts

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

STOCK = 40
CUSTOMERS = [f"c-{number}" for number in range(70)]


@contextmanager
def killing(service: Served, every_s: float) -> Iterator[list[int]]:
    """While the block lasts, one worker after the other ends like a process that the system takes away."""
    over, killed = threading.Event(), list[int]()

    def kill() -> None:
        while not over.wait(every_s):
            for pid in random.sample(sorted(workers_of(service)), 1):
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield killed
    finally:
        over.set()
        killer.join()


def test_a_stock_is_given_to_the_last_unit_while_workers_are_killed(tmp_path: Path) -> None:
    with gifts(tmp_path, STOCK) as shop, killing(shop.service, 0.2) as killed:
        number = 0
        while len(shop.accepted) < STOCK:
            number += 1
            waiting = [customer for customer in CUSTOMERS if customer not in shop.accepted.values()]
            shop.round(waiting, number, accepts=0.3 if number == 1 else 1)
            assert shop.used().stock <= STOCK
            shop.run_out()
            assert shop.used().stock == len(shop.accepted)
        assert killed
        assert len(set(shop.accepted.values())) == STOCK
        waiting = [customer for customer in CUSTOMERS if customer not in shop.accepted.values()]
        assert "gift" not in shop.round(waiting, number + 1, accepts=1)
        assert (shop.used().stock, shop.used().reserved, shop.used().late) == (STOCK, 0, 0)
