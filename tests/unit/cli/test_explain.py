"""`patron explain`: of a running service or of a file of events, and what it says when there is nothing to explain."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from api.settings import ApiSettings
from runtime.api_keys import new_api_key, parse_api_keys
from tests.support.books import NOW, RULES, order, shipped
from tests.support.commands import folder_of, patron
from tests.support.publishing import app_of
from tests.support.services import Shop, request
from tests.support.serving import nobody_there, serving
from tests.support.small_book import BOOK


@pytest.fixture
def shop() -> Shop:
    return Shop(shipped())


@pytest.fixture
def url(shop: Shop) -> Iterator[str]:
    with serving(app_of(shop.service, ApiSettings())) as url:
        yield url


# ---- at a running service ----


def test_a_customer_of_a_running_service_is_explained_and_nothing_is_stored(url: str, shop: Shop) -> None:
    told = patron("explain", "c-1", "--placement", "home.banner", "--url", url)
    assert told.exit_code == 0
    assert told.stdout.startswith("c-1, request for home.banner: Monday 2 March 2026, 10:00 (Europe/Berlin)\n")
    assert "home.banner: link-email is recommended, via web\n" in told.stdout
    assert shop.profile("c/c-1") is None


def test_a_rule_of_a_running_service_says_what_would_have_to_change(url: str) -> None:
    told = patron(
        "explain", "c-1", "--rule", "platinum-hour-delivery", "--placement", "checkout.delivery", "--url", url
    )
    after = told.stdout.partition("Changes needed for platinum-hour-delivery to fire")[2]
    assert "  customer.tier: none -> platinum (Value tier among all customers with an order)\n" in after
    assert "  Then free-hour-delivery would be recommended (checkout.delivery), with a score of " in after


def test_a_stored_decision_is_explained_in_chinese(url: str, shop: Shop) -> None:
    decision = shop.service.handle_request(request("home.banner")).decision.decision_id
    told = patron("explain", "--decision", decision, "--language", "zh-Hans", "--url", url)
    assert told.exit_code == 0
    assert "home.banner：推荐 link-email，渠道 web\n" in told.stdout


def test_json_is_the_tree_that_the_service_answers(url: str) -> None:
    tree = json.loads(patron("explain", "c-1", "--placement", "home.banner", "--url", url, "--json").stdout)
    assert tree["results"][0]["given"][0]["action"] == "link-email"
    assert tree["sentences"][0].startswith("c-1, request for home.banner")
    assert tree["standing"]["tier"] == "none"


def test_all_tells_every_rule_that_looked(url: str) -> None:
    short, whole = (patron("explain", "c-1", "--url", url, *more).stdout for more in ((), ("--all",)))
    assert "more rules were evaluated and are further from matching" in short
    assert "further from matching" not in whole
    assert whole.count(" not met: ") > short.count(" not met: ")


def test_an_anonymous_customer_and_another_moment_are_asked_for_as_such(url: str) -> None:
    told = patron("explain", "a-1", "--anonymous", "--at", "2026-06-01T12:00:00+02:00", "--url", url)
    assert told.stdout.startswith("a-1, request for outbound messages: Monday 1 June 2026, 12:00 (Europe/Berlin)\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("c-1", "--rule", "platinum-our-delivery"),
            "no such rule in this rulebook; did you mean platinum-hour-delivery?",
        ),
        (("--decision", "d-00"), "no such decision"),
        (("c-1", "--at", "yesterday"), "the service answered 422: /now must be an RFC 3339 time"),
    ],
)
def test_what_the_service_refuses_is_told(url: str, arguments: tuple[str, ...], said: str) -> None:
    told = patron("explain", *arguments, "--url", url)
    assert (told.exit_code, told.stdout) == (1, "")
    assert said in told.stderr


def test_a_key_is_needed_where_the_service_has_keys(shop: Shop) -> None:
    token, entry = new_api_key("desk", ["decide"])
    with serving(app_of(shop.service, ApiSettings(keys=parse_api_keys(entry)))) as url:
        without, right = patron("explain", "c-1", "--url", url), patron("explain", "c-1", "--url", url, "--key", token)
    assert (without.exit_code, right.exit_code) == (1, 0)


def test_where_no_service_answers_it_could_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.client.LONGEST_WAIT", 0.0)
    told = patron("explain", "c-1", "--url", nobody_there())
    assert told.exit_code == 2
    assert "no service answers at" in told.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name either CUSTOMER or --decision ID"),
        (("c-1", "--decision", "d-1"), "name either CUSTOMER or --decision ID"),
        (("--decision", "d-1", "--events", RULES / "shop.yaml"), "with --events name CUSTOMER"),
    ],
)
def test_a_wrong_call_says_what_to_name(arguments: tuple[Any, ...], said: str) -> None:
    told = patron("explain", *arguments)
    assert (told.exit_code, told.stdout) == (2, "")
    assert said in told.stderr


# ---- from a file of events ----

BOUGHT = {
    "id": "e1",
    "type": "order_completed",
    "time": "2026-03-02T10:00:00+01:00",
    "customer": {"id": "mei"},
    "properties": {"order_id": "o1", "total": "60.00", "lines": []},
}
VISITED = {
    "id": "e2",
    "type": "visited",
    "time": "2026-03-20T10:00:00+01:00",
    "customer": {"id": "mei"},
    "properties": {"surface": "web"},
    "decide": "none",
}
OTHERS = {**VISITED, "id": "e3", "time": "2026-04-01T10:00:00+02:00", "customer": {"id": "ana"}}


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "rules", BOOK)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in (BOUGHT, VISITED, OTHERS)))
    return path


def replayed(rules: Path, log: Path, *arguments: object) -> dict[str, Any]:
    told = patron("explain", "mei", "--events", log, "--rules", rules, "--json", *arguments)
    assert told.exit_code == 0, told.output
    tree: dict[str, Any] = json.loads(told.stdout)
    return tree


def test_without_a_moment_the_end_of_the_file_is_explained(rules: Path, log: Path) -> None:
    tree = replayed(rules, log)
    assert (tree["at"], tree["trigger"], tree["customer"]) == ("2026-04-01T08:00:00Z", "requested", {"id": "mei"})


def test_what_happened_after_the_moment_does_not_count(log: Path) -> None:
    found = [
        {one["fact"]: one["value"] for one in replayed(RULES, log, "--at", at, "--all")["facts"]}
        for at in ("2026-03-12T12:00:00+01:00", "2026-03-22T12:00:00+01:00")
    ]
    assert [(facts["customer.days_since_last_order"], facts["customer.visits_7d"]) for facts in found] == [
        (10, 0),
        (20, 1),
    ]


def test_a_look_because_of_the_silence_is_explained(rules: Path, log: Path) -> None:
    tree = replayed(rules, log, "--trigger", "inactive", "--at", "2026-05-02T10:00:00+02:00")
    assert (tree["at"], tree["trigger"]) == ("2026-05-02T08:00:00Z", "inactive")


def test_the_last_that_the_customer_did_is_explained_although_the_log_only_stores_it(rules: Path, log: Path) -> None:
    last = replayed(rules, log, "--trigger", "last")
    before = replayed(rules, log, "--trigger", "last", "--at", "2026-03-05T00:00:00Z")
    assert (last["set_off_by"], last["at"]) == ("event/e2", "2026-03-20T09:00:00Z")
    assert before["set_off_by"] == "event/e1"


def test_offline_the_stages_behind_a_rule_are_tried(rules: Path, log: Path) -> None:
    about = replayed(rules, log, "--rule", "quiet-check-in")["rule"]
    assert (about["evaluated"], about["would"]["surely"]) == (False, True)
    assert about["would"]["dropped"]["reason"] == "NO_TREATMENT"


def test_offline_and_service_tell_the_same(url: str, shop: Shop, tmp_path: Path) -> None:
    shop.service.handle_event(order("o1", NOW))
    live = json.loads(patron("explain", "mei", "--placement", "home.banner", "--url", url, "--json").stdout)
    path = tmp_path / "one.jsonl"
    path.write_bytes(orjson.dumps({**BOUGHT, "id": "e-o1", "properties": {"order_id": "o1", "total": "50.00"}}))
    told = patron("explain", "mei", "--placement", "home.banner", "--events", path, "--rules", RULES, "--json")
    offline = json.loads(told.stdout)
    same = ("customer", "at", "standing", "rejected", "withheld", "rules", "facts", "further_rules", "rulebook")
    assert {name: offline[name] for name in same} == {name: live[name] for name in same}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("nobody",), 1, "no event of nobody in"),
        (("nobody", "--trigger", "last"), 1, "no event of nobody in"),
        (("mei", "--at", "2026-01-01T00:00:00Z"), 1, "no event of mei in"),
        (("mei", "--rule", "nothing-like-it-at-all"), 1, "/rule: no such rule in this rulebook"),
        (("mei", "--at", "noon"), 2, "--at noon is not an RFC 3339 time; write one such as 2026-03-01T10:00:00+01:00"),
    ],
)
def test_what_cannot_be_explained_is_told(
    rules: Path, log: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    told = patron("explain", *arguments, "--events", log, "--rules", rules)
    assert (told.exit_code, told.stdout) == (code, "")
    assert said in told.stderr


def test_a_broken_line_is_named(rules: Path, tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_bytes(orjson.dumps(BOUGHT) + b"\n{nothing\n")
    told = patron("explain", "mei", "--events", path, "--rules", rules)
    assert told.exit_code == 2
    assert f"{path}:2: not JSON" in told.stderr


def test_errors_in_the_rules_are_shown_instead(rules: Path, log: Path) -> None:
    (rules / "operation.yaml").write_text("rules: [{id: x}]")
    told = patron("explain", "mei", "--events", log, "--rules", rules)
    assert told.exit_code == 1
    assert "operation.yaml:1" in told.stderr
