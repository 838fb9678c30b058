"""The export of a customer: every field of everything that is stored, readable."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import orjson
import pytest

from engine.domain.errors import NotFound
from engine.domain.profile import Contact, Credit, Experiment, Pending, Placing, Profile, Retry, Shown, Wait
from engine.domain.times import DAY
from service.export import profile_json
from tests.support.books import CUSTOMER, NOW, days_ago, event, order, who
from tests.support.people import COOKIE, merged, shown
from tests.support.services import Shop, decided, request, small

TIME = "2026-03-02T09:00:00Z"


def full() -> Profile:
    """A profile in which nothing is at its default."""
    book = small()
    lines = ({"line_id": "1", "sku": "K-1", "category": "kitchen", "quantity": 2, "amount": 5_000, "cost": 2_000},)
    events = [
        order("o1", days_ago(3), 5_000, lines=lines),
        event("r", "order_returned", NOW, {"order_id": "o1", "amount": 700}),
        order("o2", days_ago(2), 100),
        event("x", "order_cancelled", NOW, {"order_id": "o2"}),
        event("d", "delivery_completed", NOW, {"order_id": "o1"}),
        event("v", "visited", NOW, {"surface": "web"}, channel="web"),
        event("i", "identified", NOW, {"traits": {"first_name": "Mei", "interests": ("tea",)}}),
        event("l", "channel_address_added", NOW, {"channel": "email"}),
        event("c", "consent_changed", NOW, {"channel": "email", "purposes": ["marketing"], "granted": True}),
        event("co", "complaint_opened", NOW, {"complaint_id": "k1"}),
        event("ra", "rated", NOW, {"score": 4}),
        event("w", "wish_expressed", NOW, {"category": "kitchen"}),
        event("rm", "referral_made", NOW, {"referred": "c/friend"}),
    ]
    return who(*events, compiled=book).but(
        contacts={"mail": Contact({"email": (NOW,)}, "click", NOW, {"ignore": (NOW,)})},
        pending=(Pending("r-1", "mail", "r-mail", "email", "home.banner", NOW, NOW + DAY, "o1", True),),
        once={"r-mail": "o1"},
        shown=(Shown("r-2", "mail", "email", NOW, NOW + DAY, "click", NOW),),
        credits={"00": Credit("r-2", "mail", "gold", 1_234)},
        experiments={"*": Experiment(NOW, True, 2, 999)},
        retries=(Retry(NOW, "requested", NOW + DAY),),
        waits=(Wait(NOW, "after:delivery_completed:14", (("order_id", "o1"),)),),
        inactive_at=NOW,
        evaluated=("0a0b0c",),
        aliases=(COOKIE,),
        merged_into="c/other",
        erased=NOW,
        fingerprints=b"\x12\x34",
        tier="gold",
        placing=Placing(3, 4, 5_000, 1, 5_000, 3_000, True),
        unknown=((200, b"of a newer version"),),
    )


def names(value: Any) -> Iterator[str]:
    """The names of all fields of all dataclasses in a value."""
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            if field.init:
                yield field.name
                yield from names(getattr(value, field.name))
    elif isinstance(value, (dict, tuple)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from names(item)


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from keys(item)
    elif isinstance(value, list):
        for item in value:
            yield from keys(item)


def test_the_profile_for_this_test_has_something_in_every_field() -> None:
    profile, empty = full(), Profile("")
    assert [f.name for f in fields(Profile) if getattr(profile, f.name) == getattr(empty, f.name)] == []


def test_every_field_of_the_profile_is_exported_by_its_name() -> None:
    exported = profile_json(full(), small())
    assert list(exported) == [field.name for field in fields(Profile)]
    assert all(exported.values())
    assert set(names(full())) - {"beyond"} <= set(keys(exported))  # those are among the orders


def test_times_days_and_money_are_readable() -> None:
    exported = profile_json(full(), small())
    o2, o1 = sorted(exported["purchases"]["orders"].values(), key=lambda order: order["total"])
    assert o1["total"] == "50.00"
    assert o1["returns"] == [{"at": TIME, "amount": "7.00", "margin": "0.00", "lines": [], "sent": None}]
    assert o2["cancelled"] == TIME
    assert exported["purchases"]["days"] == ["2026-02-27"]
    assert exported["purchases"]["spend"] == "43.00"
    assert exported["credits"]["00"]["amount"] == "12.34"
    assert exported["experiments"]["*"]["revenue"] == "9.99"
    assert exported["categories"] == {"kitchen": {"units": 2, "newest": "2026-02-27"}}
    assert exported["contacts"]["mail"]["touches"] == {"email": [TIME]}
    assert exported["traits"]["interests"] == {"at": TIME, "value": ("tea",)}
    assert exported["aliases"] == [{"anonymous_id": "cookie"}]


def test_counters_have_their_names_and_what_no_rulebook_knows_any_more_is_there_too() -> None:
    profile = full()
    exported = profile_json(profile.but(counters={**profile.counters, "0a0b0c0d": [5, 2]}), small())
    assert exported["counters"] == {
        "customer.visits_7d": [{"from": "2026-03-02", "sum": 1}],
        "0a0b0c0d": [{"bucket": 5, "sum": 2}],
    }


def test_an_export_is_json() -> None:
    assert orjson.loads(orjson.dumps(profile_json(full(), small())))["tier"] == "gold"


@pytest.mark.parametrize("key", [CUSTOMER, COOKIE])
def test_decisions_and_deliveries_under_all_ids_are_exported(key: str) -> None:
    shop, banner, mail = shown()
    later = shop.service.handle_request(request("home.banner", id="later"))
    exported = shop.service.export(key)
    assert exported["customer"] == {"id": "mei"}
    assert [d["decision_id"] for d in exported["decisions"]] == [
        decided(reply).decision_id for reply in (later, mail, banner)
    ]
    assert [d["decision_id"] for d in exported["deliveries"]] == [decided(mail).decision_id]


def test_what_was_merged_is_in_the_export_of_the_known_customer() -> None:
    assert merged().service.export(COOKIE)["profile"]["purchases"]["order_count"] == 2


def test_of_nobody_there_is_nothing_to_export() -> None:
    with pytest.raises(NotFound):
        Shop().service.export(CUSTOMER)
