"""Two known customers who are one person: joined like an anonymous id, counted once, erased together."""

from collections.abc import Iterator

import pytest

from engine.domain.errors import InvalidInput, NotFound
from engine.domain.events import Event
from service.replies import Acknowledged
from tests.support.books import CUSTOMER, NOW, event, order, reachable
from tests.support.services import Shop

OLD = "c/old"
COOKIE = "a/cookie"


def of(customer: str, happened: Event) -> Event:
    return happened.of(customer)


def merged(into: str = CUSTOMER, old: str = OLD, id: str = "m") -> Event:
    return event(id, "merged", NOW, {"merged": old}, customer=into)


def two() -> Shop:
    """A shop in which both accounts bought, and the old one had an anonymous id."""
    shop = Shop()
    for happened in (
        of(COOKIE, order("o0", NOW, 500)),
        event("a", "aliased", NOW, {"anonymous_id": "cookie"}, customer=OLD),
        of(OLD, order("o1", NOW, 1_000)),
        *(of(OLD, one) for one in reachable("email")),
        order("o2", NOW, 2_000),
    ):
        shop.service.handle_event(happened)
    return shop


def spend(shop: Shop, customer: str = CUSTOMER) -> int:
    profile = shop.profile(customer)
    assert profile is not None
    return profile.purchases.spend


def test_orders_addresses_and_ids_of_both_are_one_customers() -> None:
    shop = two()
    assert shop.service.handle_event(merged()) == Acknowledged("m")
    profile = shop.profile()
    assert profile is not None
    assert (profile.purchases.order_count, profile.purchases.spend) == (3, 3_500)
    assert set(profile.aliases) == {COOKIE, OLD}
    assert profile.channel_addresses["email"][1]


@pytest.mark.parametrize("late", [OLD, COOKIE])
def test_what_comes_later_under_a_former_id_goes_to_the_customer(late: str) -> None:
    shop = two()
    shop.service.handle_event(merged())
    shop.service.handle_event(of(late, order("o9", NOW, 9_000)))
    assert spend(shop) == 12_500


def test_merged_again_nothing_is_added() -> None:
    shop = two()
    shop.service.handle_event(merged())
    shop.service.handle_event(merged(id="again"))
    assert spend(shop) == 3_500


def test_the_shops_counters_are_those_of_one_customer() -> None:
    shop = two()
    shop.service.handle_event(merged())
    counted = dict(shop.store.histogram())
    one = Shop()
    for happened in (order("o0", NOW, 500), order("o1", NOW, 1_000), *reachable("email"), order("o2", NOW, 2_000)):
        one.service.handle_event(happened)
    assert counted == dict(one.store.histogram())


def test_an_unknown_customer_cannot_be_merged() -> None:
    with pytest.raises(InvalidInput) as error:
        two().service.handle_event(merged(old="c/nobody"))
    assert [(p.pointer, p.code) for p in error.value.problems] == [("/properties/merged", "unknown")]


def test_who_was_merged_into_another_cannot_be_merged_again() -> None:
    shop = two()
    shop.service.handle_event(merged())
    shop.service.handle_event(of("c/third", order("o5", NOW, 100)))
    with pytest.raises(InvalidInput) as error:
        shop.service.handle_event(merged(into="c/third", id="m2"))
    assert [(p.pointer, p.code) for p in error.value.problems] == [("/properties/merged", "id-taken")]


def test_a_customer_who_was_merged_takes_over_nobody_but_their_owner_does() -> None:
    shop = two()
    shop.service.handle_event(merged())
    shop.service.handle_event(of("c/third", order("o5", NOW, 100)))
    shop.service.handle_event(merged(into=OLD, old="c/third", id="m2"))
    assert spend(shop) == 3_600


def test_all_ids_are_erased_together() -> None:
    shop = two()
    shop.service.handle_event(merged())
    shop.service.erase(OLD)
    assert [shop.profile(customer) for customer in everybody()] == [None, None, None]
    with pytest.raises(NotFound):
        shop.service.erase(CUSTOMER)


def everybody() -> Iterator[str]:
    yield from (CUSTOMER, OLD, COOKIE)
