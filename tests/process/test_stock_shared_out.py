"""A stock, more customers than units, many clients and four workers: it is given to the last unit, and no further."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.stock import Gifts, gifts

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

STOCK = 40
CUSTOMERS = [f"c-{number}" for number in range(60)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gifts]:
    with gifts(tmp_path_factory.mktemp("gifts"), STOCK) as shop:
        yield shop


def test_twenty_copies_of_one_request_at_once_hold_one_unit_and_get_one_answer(shop: Gifts) -> None:
    before = shop.used()
    with ThreadPoolExecutor(20) as clients:
        answers = list(clients.map(lambda _: shop.ask("same"), range(20)))
    assert [one["action"] for one in answers[0]] == ["gift"]
    assert answers == [answers[0]] * 20
    assert (shop.used().stock - before.stock, shop.used().reserved - before.reserved) == (1, 1)
    name = answers[0][0]["recommendation_id"]
    for outcome, stock in (("accept", 1), ("undo", 0)):
        with ThreadPoolExecutor(20) as clients:
            said = {"recommendation_id": name, "outcome": outcome}
            list(clients.map(lambda _, said=said: shop.post("/v1/outcomes", said), range(20)))
        assert shop.used().stock - before.stock == stock


def test_exactly_the_stock_is_given_and_the_others_get_the_next_best(shop: Gifts) -> None:
    got = shop.round(CUSTOMERS, 1, accepts=0.5)
    assert got.count("gift") == STOCK
    assert set(got) == {"gift", "coupon"}
    assert shop.used().stock == STOCK
    number = 1
    while len(shop.accepted) < STOCK:
        shop.run_out()
        assert shop.used().stock == len(shop.accepted)
        number += 1
        waiting = [customer for customer in CUSTOMERS if customer not in shop.accepted.values()]
        got = shop.round(waiting, number, accepts=1)
        assert "gift" in got
    assert len(set(shop.accepted.values())) == STOCK
    assert "gift" not in shop.round([c for c in CUSTOMERS if c not in shop.accepted.values()], number + 1, accepts=1)
    assert (shop.used().stock, shop.used().reserved, shop.used().late) == (STOCK, 0, 0)
