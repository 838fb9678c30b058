"""A withdrawal is never weaker than a grant: other letters are understood, unknown words fail closed."""

from dataclasses import replace

import pytest

from engine.domain.errors import InvalidInput
from engine.domain.events import Event
from engine.domain.times import DAY, HOUR
from service import decision_json
from service.replies import Acknowledged
from tests.support.books import NOW, action, event, made, on, order, reachable, rule
from tests.support.services import Shop, recommendations

YEAR_AGO = NOW - 365 * DAY
AFTER = NOW - 300 * DAY


def said(granted: bool, channel: str = "email", *purposes: str, at: int = AFTER, id: str = "c") -> Event:
    properties = {"channel": channel, "purposes": purposes or ("marketing",), "granted": granted}
    return event(id, "consent_changed", at, properties)


MAIL = action("mail", treatments=[on("email")], kind="marketing")
AFTER_ORDERS = rule("r-mail", "mail", trigger=["order_completed"])


def shop_with(*events: Event) -> Shop:
    """A shop whose action by e-mail is marketing, and a customer who agreed to it a year ago."""
    shop = Shop(made([MAIL], [AFTER_ORDERS], arbitration="outbound: {at_most: 2}"))
    for happened in (*reachable("email"), *events):
        shop.service.handle_event(happened)
    return shop


def is_sent(shop: Shop) -> bool:
    bought = event("b", "order_completed", NOW, {"order_id": "b", "total": 5_000}, decide="outbound")
    return recommendations(shop.service.handle_event(bought)) != ()


def test_with_consent_the_mail_is_sent() -> None:
    assert is_sent(shop_with())


@pytest.mark.parametrize(
    "withdrawal",
    [
        said(False, "Email"),
        said(False, "EMAIL", "Marketing"),
        said(False, "all"),
        said(False, "email", "all"),
        said(False, "All", "ALL"),
    ],
)
def test_a_withdrawal_in_other_letters_or_of_everything_is_obeyed(withdrawal: Event) -> None:
    assert not is_sent(shop_with(withdrawal))


def test_a_grant_after_a_withdrawal_of_everything_counts() -> None:
    assert is_sent(shop_with(said(False, "all", "all"), said(True, "Email", at=AFTER + HOUR, id="later")))


def test_a_withdrawal_of_everything_that_arrives_late_does_not_outdo_a_later_grant() -> None:
    assert is_sent(shop_with(said(True, at=AFTER + HOUR, id="later"), said(False, "all", "all")))


@pytest.mark.parametrize("withdrawal", [said(False, "e-mail"), said(False, "email", "newsletter")])
def test_a_withdrawal_in_unknown_words_stops_everything_that_needs_a_consent(withdrawal: Event) -> None:
    shop = shop_with()
    reply = shop.service.handle_event(withdrawal)
    assert isinstance(reply, Acknowledged)
    (warning,) = decision_json.acknowledged(reply)["warnings"]
    assert "is not known" in warning
    assert not is_sent(shop)


def test_a_withdrawal_in_nearly_known_words_says_which_was_meant() -> None:
    reply = shop_with().service.handle_event(said(False, "e-mail"))
    assert 'did you mean "email"?' in reply.warnings[0]


def test_a_later_grant_in_known_words_ends_the_doubt() -> None:
    assert is_sent(shop_with(said(False, "e-mail"), said(True, at=AFTER + HOUR, id="later")))


@pytest.mark.parametrize("channel", ["email", "desk"])
def test_a_later_withdrawal_does_not_end_the_doubt(channel: str) -> None:
    assert not is_sent(shop_with(said(False, "e-mail"), said(False, channel, at=AFTER + HOUR, id="later")))


@pytest.mark.parametrize("withdrawal", [said(False), said(False, "email", "all"), said(False, "all"), said(False, "x")])
def test_a_withdrawal_under_an_anonymous_id_outdoes_a_grant_under_the_known_one(withdrawal: Event) -> None:
    cookie = replace(withdrawal, customer="a/cookie", time=YEAR_AGO - DAY)
    joined = event("j", "aliased", NOW, {"anonymous_id": "cookie"})
    assert not is_sent(shop_with(cookie, joined))


def test_a_withdrawal_of_everything_is_never_forgotten() -> None:
    shop = shop_with(said(False, "all", "all"))
    names = [f"unknown-{n}" for n in range(20)]
    for n, name in enumerate(names):
        shop.service.handle_event(said(False, name, at=AFTER + n, id=name))
    assert not is_sent(shop)


@pytest.mark.parametrize(
    ("grant", "pointer"),
    [
        (said(True, "e-mail"), "/properties/channel"),
        (said(True, "email", "newsletter"), "/properties/purposes/0"),
        (said(True, "all"), "/properties/channel"),
    ],
)
def test_a_grant_in_unknown_words_is_refused_at_its_place(grant: Event, pointer: str) -> None:
    shop = shop_with()
    with pytest.raises(InvalidInput) as error:
        shop.service.handle_event(grant)
    assert [problem.pointer for problem in error.value.problems] == [pointer]


def test_in_a_batch_an_unknown_grant_is_an_error_of_its_line_alone() -> None:
    refused, stored = shop_with().service.handle_events([said(True, "e-mail"), order("o1")])
    assert isinstance(refused, InvalidInput)
    assert stored == Acknowledged("e-o1")


def test_a_removed_address_in_other_letters_is_removed() -> None:
    removed = event("l", "channel_address_removed", AFTER, {"channel": "Email"})
    assert not is_sent(shop_with(removed))


def test_an_address_removed_in_unknown_words_stops_everything_that_needs_a_consent() -> None:
    assert not is_sent(shop_with(event("l", "channel_address_removed", AFTER, {"channel": "e-mail"})))


def test_an_older_consent_than_the_known_one_says_that_it_has_no_effect() -> None:
    reply = shop_with().service.handle_event(said(False, at=YEAR_AGO - DAY))
    assert isinstance(reply, Acknowledged)
    assert reply.unapplied == "superseded"
