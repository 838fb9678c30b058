"""The promises of `service.ports.Ledger`, with many at it at once."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor

from engine.domain.times import HOUR
from service.ports import Ledger, Used
from tests.support.claims import NOW, RUN_OUT, claim, used


def test_fifty_threads_never_hold_more_than_there_is_and_exactly_that_in_the_end(ledger: Ledger) -> None:
    """300 customers, 20 units; some give up, some refuse, some vanish and run out; those are offered again."""
    stop, seen = threading.Event(), []

    def watch() -> None:
        while not stop.is_set():
            seen.append(used(ledger).stock)

    def customer(number: int) -> str | None:
        mine = claim(number, most=20, holder=f"h-{number}")
        if ledger.reserve(mine, NOW) is not None:
            return None
        if number % 5 == 0:
            ledger.give_up("gift", mine.recommendation_id, mine.holder)
        elif number % 5 == 1:
            ledger.contact(mine, NOW)
            ledger.release("gift", mine.recommendation_id)
        elif number % 5 > 2:
            assert ledger.spend(mine, NOW)
            return mine.recommendation_id
        return None

    with ThreadPoolExecutor(51) as pool:
        watcher = pool.submit(watch)
        accepted = {one for one in pool.map(customer, range(300)) if one}
        stop.set()
        watcher.result()
    assert max(seen, default=0) <= 20
    before = used(ledger)
    assert (before.total, before.stock) == (len(accepted) + before.reserved,) * 2
    for number in range(1000, 1050):
        again = claim(number, most=20, period="2023-12", expires=RUN_OUT + HOUR)
        if ledger.reserve(again, RUN_OUT) is None:
            assert ledger.spend(again, RUN_OUT)
            accepted.add(again.recommendation_id)
    assert (used(ledger, RUN_OUT).stock, len(accepted), used(ledger, RUN_OUT).late) == (20, 20, 0)


def test_whatever_many_do_at_once_no_limit_is_passed_and_nothing_is_lost(ledger: Ledger) -> None:
    def act(seed: int) -> int:
        chance, most_seen = random.Random(seed), 0
        for _ in range(400):
            mine = claim(chance.randrange(30), holder=f"h-{chance.randrange(3)}", most=7, per_contact=0)
            now = NOW + chance.choice((0, 0, 0, HOUR, RUN_OUT - NOW, -HOUR))
            what = chance.choice((ledger.reserve, ledger.reserve, ledger.contact, ledger.spend))
            what(mine, now)
            ledger.give_up("gift", mine.recommendation_id, f"h-{chance.randrange(3)}")
            if chance.random() < 0.4:
                ledger.release("gift", f"r-{chance.randrange(30)}")
            seen = used(ledger, now)
            most_seen = max(most_seen, seen.total, seen.stock, seen.budget // 12)
            assert min(seen.total, seen.stock, seen.budget, seen.reserved, seen.late) >= 0
        return most_seen

    with ThreadPoolExecutor(8) as pool:
        assert max(pool.map(act, range(8))) == 7
    for number in range(30):
        ledger.release("gift", f"r-{number}")
    assert used(ledger) == Used()


def test_two_workers_at_one_request_hold_one_unit_between_them(ledger: Ledger) -> None:
    def worker(holder: str) -> None:
        for number in range(40):
            assert ledger.reserve(claim(number, holder, most=40), NOW) is None
            if holder != "winner":
                ledger.give_up("gift", f"r-{number}", holder)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(worker, ("winner", "two", "three", "four")))
    assert used(ledger) == Used(total=40, stock=40, budget=480, reserved=40)
