"""Verbs that ask a running service: what they show, and what they say when it does not go well."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from api.settings import ApiSettings
from cli import client
from runtime.api_keys import new_api_key, parse_api_keys
from tests.support.books import NOW, event, order, shipped
from tests.support.commands import patron
from tests.support.publishing import app_of
from tests.support.services import GoneStore, Shop, request
from tests.support.serving import nobody_there, serving


@pytest.fixture
def shop() -> Shop:
    return Shop(shipped())


@pytest.fixture
def url(shop: Shop) -> Iterator[str]:
    with serving(app_of(shop.service, ApiSettings())) as url:
        yield url


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow each other at once."""
    monkeypatch.setattr(client, "LONGEST_WAIT", 0.0)


# ---- reproduce ----


def test_reproduce_says_that_the_bytes_are_the_same(url: str, shop: Shop) -> None:
    decision = shop.service.handle_request(request("home.banner")).decision.decision_id
    told = patron("reproduce", decision, "--url", url)
    assert told.exit_code == 0
    assert told.stdout.startswith(f"{decision}: identical, ")


def test_reproduce_as_json_is_what_the_api_answered(url: str, shop: Shop) -> None:
    decision = shop.service.handle_request(request("home.banner")).decision.decision_id
    told = json.loads(patron("reproduce", decision, "--url", url, "--json").stdout)
    assert (told["decision_id"], told["same"], told["differences"]) == (decision, True, [])


def test_reproduce_of_a_decision_that_is_not_kept_says_so(url: str) -> None:
    told = patron("reproduce", "d-00", "--url", url)
    assert (told.exit_code, told.stdout) == (1, "")
    assert "no such decision, or its record has expired: d-00" in told.stderr


# ---- decide ----


def test_decide_tells_what_is_recommended_and_why(url: str) -> None:
    told = patron("decide", "c-1", "--placement", "home.banner", "--url", url)
    assert told.exit_code == 0
    assert "  recommended: link-email  (home.banner)\n" in told.stdout
    assert "  why:  Known customers without an e-mail address are asked for it\n" in told.stdout
    assert "    because customer.identified is yes" in told.stdout


def test_decide_stores_nothing_unless_told_to_keep(url: str, shop: Shop) -> None:
    patron("decide", "c-1", "--placement", "home.banner", "--url", url)
    assert shop.profile("c/c-1") is None
    patron("decide", "c-1", "--placement", "home.banner", "--url", url, "--keep")
    assert shop.profile("c/c-1") is not None


def test_decide_as_json_is_what_the_api_answered(url: str) -> None:
    told = patron("decide", "c-1", "--placement", "home.banner", "--url", url, "--json")
    answer = json.loads(told.stdout)
    assert answer["results"][0]["recommendations"][0]["action"] == "link-email"
    assert {"explanation", "rejected", "profile"} <= answer.keys()


def test_decide_names_what_it_asked_for_in_vain(url: str) -> None:
    told = patron("decide", "c-1", "--placement", "nowhere", "--url", url).stdout
    assert "  note: unknown placement: nowhere\n" in told
    assert "  nowhere: nothing (NOTHING_ELIGIBLE)\n" in told


def test_decide_shows_the_placements_own_text_where_nothing_is_recommended(url: str) -> None:
    told = patron("decide", "a-1", "--anonymous", "--placement", "checkout.delivery", "--url", url).stdout
    assert "  checkout.delivery: nothing (" in told
    assert "\n    fallback title: " in told


def test_decide_says_so_when_the_store_is_gone() -> None:
    with serving(app_of(Shop(shipped(), GoneStore()).service, ApiSettings())) as url:
        told = patron("decide", "c-1", "--placement", "home.banner", "--url", url)
    assert told.exit_code == 0
    assert "  note: the store does not respond: fallbacks only\n" in told.stdout
    assert "  home.banner: nothing (STATE_UNAVAILABLE)\n    fallback title: " in told.stdout


def test_decide_tells_what_the_service_refuses(url: str) -> None:
    told = patron("decide", "c-1", "--now", "2026-99-01", "--url", url)
    assert (told.exit_code, told.stdout) == (1, "")
    assert told.stderr.startswith("patron: the service answered 422: /now must be an RFC 3339 time")


def test_decide_does_not_keep_what_it_decides_for_another_time(url: str) -> None:
    told = patron("decide", "c-1", "--now", "2026-03-01T10:00:00Z", "--keep", "--url", url)
    assert told.exit_code == 2
    assert "--now is for dry runs" in told.stderr


def test_a_key_is_needed_where_the_service_has_keys(shop: Shop) -> None:
    token, entry = new_api_key("till", ["decide"])
    with serving(app_of(shop.service, ApiSettings(keys=parse_api_keys(entry)))) as url:
        without, wrong = patron("decide", "c-1", "--url", url), patron("report", "value", "--url", url, "--key", token)
        right = patron("decide", "c-1", "--url", url, "--key", token)
    assert (without.exit_code, wrong.exit_code, right.exit_code) == (1, 2, 0)
    assert without.stderr.startswith("patron: the service answered 401: ")
    assert wrong.stderr.startswith("patron: the service answered 403: ")


# ---- customers ----


def test_export_prints_what_is_stored_as_json(url: str, shop: Shop) -> None:
    shop.service.handle_event(order("o1"))
    told = patron("customers", "export", "mei", "--url", url)
    assert told.exit_code == 0
    assert json.loads(told.stdout)["profile"]["purchases"]["order_count"] == 1


def test_export_of_an_anonymous_id_is_asked_for_as_such(url: str, shop: Shop) -> None:
    shop.service.handle_event(event("v", "visited", NOW, {"surface": "web"}, customer="a/cookie & co"))
    told = patron("customers", "export", "cookie & co", "--anonymous", "--url", url)
    assert json.loads(told.stdout)["customer"] == {"anonymous_id": "cookie & co"}


def test_export_of_nobody_says_so(url: str) -> None:
    told = patron("customers", "export", "nobody", "--url", url)
    assert (told.exit_code, told.stdout, told.stderr) == (1, "", "patron: no such customer\n")


def test_export_into_a_file_is_the_same_json(url: str, shop: Shop, tmp_path: Path) -> None:
    shop.service.handle_event(order("o1"))
    done = patron("customers", "export", "mei", "--url", url, "--out", tmp_path / "mei.json")
    assert (done.exit_code, done.stdout) == (0, "")
    printed = json.loads(patron("customers", "export", "mei", "--url", url).stdout)
    assert json.loads((tmp_path / "mei.json").read_text())["profile"] == printed["profile"]
    told = patron("customers", "export", "mei", "--url", url, "-o", tmp_path / "no" / "mei.json")
    assert (told.exit_code, "cannot be written" in told.stderr) == (2, True)


def test_show_prints_tier_consents_contacts_and_pending_recommendations(url: str, shop: Shop) -> None:
    shop.service.handle_event(order("o1"))
    patron("decide", "mei", "--placement", "home.banner", "--url", url, "--keep")
    told = patron("customers", "show", "mei", "--url", url)
    assert told.exit_code == 0
    lines = told.stdout.splitlines()
    assert lines[0] == "Customer mei"
    assert lines[1].startswith("  tier none, stage ") and ", churn risk " in lines[1]
    assert "  reachable on: no channel" in lines and "  consents: none recorded" in lines
    assert lines[-1].startswith("  pending: link-email (home.banner), expires 2026-")


def test_show_as_json_is_what_the_api_answered(url: str, shop: Shop) -> None:
    shop.service.handle_event(event("v", "visited", NOW, {"surface": "web"}, customer="a/cookie & co"))
    told = json.loads(patron("customers", "show", "cookie & co", "--anonymous", "--url", url, "--json").stdout)
    assert told["customer"] == {"anonymous_id": "cookie & co"}
    assert {"tier", "facts", "traits", "pending"} <= told.keys()


def test_erase_erases_the_customer(url: str, shop: Shop) -> None:
    shop.service.handle_event(order("o1"))
    told = patron("customers", "erase", "mei", "--url", url, "--yes")
    assert (told.exit_code, told.stdout) == (0, "erased everything stored about mei\n")
    assert shop.profile("c/mei") is None


def test_erase_as_json_names_the_customer(url: str, shop: Shop) -> None:
    shop.service.handle_event(event("v", "visited", NOW, {"surface": "web"}, customer="a/cookie & co"))
    told = patron("customers", "erase", "cookie & co", "--anonymous", "--url", url, "-y", "--json")
    assert json.loads(told.stdout) == {"customer": {"anonymous_id": "cookie & co"}, "erased": True}


def test_erase_needs_a_confirmation(url: str, shop: Shop) -> None:
    shop.service.handle_event(order("o1"))
    told = patron("customers", "erase", "mei", "--url", url)
    assert (told.exit_code, told.stderr) == (2, "patron: erasing cannot be undone; confirm with --yes\n")
    assert shop.profile("c/mei") is not None


@pytest.mark.parametrize("call", [("show",), ("erase", "--yes")])
def test_an_unknown_customer_is_exit_code_1(url: str, call: tuple[str, ...]) -> None:
    told = patron("customers", call[0], "nobody", *call[1:], "--url", url)
    assert (told.exit_code, told.stdout, told.stderr) == (1, "", "patron: no such customer\n")


@pytest.mark.parametrize("call", [("show",), ("export",), ("erase", "--yes")])
def test_a_key_without_the_scope_does_not_reach_a_customer(shop: Shop, call: tuple[str, ...]) -> None:
    token, entry = new_api_key("till", ["events"])
    with serving(app_of(shop.service, ApiSettings(keys=parse_api_keys(entry)))) as url:
        told = patron("customers", call[0], "mei", *call[1:], "--url", url, "--key", token)
    assert (told.exit_code, told.stdout, "lacks the scope" in told.stderr) == (2, "", True)


# ---- report ----


def test_the_value_report_is_printed_as_a_table(url: str) -> None:
    told = patron("report", "value", "--url", url)
    assert (told.exit_code, told.stdout.splitlines()[0]) == (0, "0 customers, net revenue 0.00 EUR.")
    assert json.loads(patron("report", "value", "--url", url, "--json").stdout)["customers"] == 0


def test_the_action_report_is_printed_as_a_table(url: str) -> None:
    told = patron("report", "actions", "--url", url)
    assert (told.exit_code, told.stdout.splitlines()[0]) == (0, "Actions (money in EUR)")
    answer = json.loads(patron("report", "actions", "--url", url, "--json").stdout)
    assert {row["action"] for row in answer["actions"]} == shipped().rulebook.actions.keys()


# ---- nobody there ----


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("arguments", [("decide", "c-1"), ("report", "value"), ("report", "actions")])
def test_a_service_that_is_not_running_is_said_so_with_what_to_do(arguments: tuple[str, ...]) -> None:
    url = nobody_there()
    told = patron(*arguments, "--url", url)
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr == (
        f"patron: no service answers at {url} (Connection refused). "
        "Start one with `patron serve`, or name it with --url\n"
    )


@pytest.mark.usefixtures("impatient")
def test_a_real_log_is_not_even_read_where_no_service_runs(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("nothing that could be read")
    told = patron("real", tmp_path / "log.csv", "--url", nobody_there())
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr.startswith("patron: no service answers at http://127.0.0.1:")


def test_a_real_log_that_is_not_there_is_named(tmp_path: Path) -> None:
    told = patron("real", tmp_path / "nowhere.csv")
    assert (told.exit_code, told.stderr) == (2, f"patron: {tmp_path}/nowhere.csv does not exist\n")


def test_a_service_that_never_answered_is_given_up_sooner_than_one_that_is_busy() -> None:
    waits: list[float] = []
    with pytest.raises(client.Unreachable, match="no service answers"):
        client.Client(nobody_there(), wait=waits.append).get("/livez")
    assert len(waits) == client.FIRST_ATTEMPTS - 1 < client.ATTEMPTS - 1


@pytest.mark.parametrize("url", ["nonsense", "ftp://x", "http://", "http://127.0.0.1:99999", "http://h/?q"])
def test_what_is_no_address_is_a_wrong_call(url: str) -> None:
    told = patron("report", "value", "--url", url)
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr.startswith(f"patron: '{url}'")


@pytest.mark.parametrize("answer", ["<html>hello</html>", "[1]"])
def test_something_else_that_answers_is_not_taken_for_the_service(answer: str) -> None:
    other = Flask("other")

    @other.route("/", defaults={"_path": ""}, methods=["GET", "POST"])
    @other.route("/<path:_path>", methods=["GET", "POST"])
    def _say(_path: str) -> Any:
        return answer

    with serving(other) as url:
        told = [patron("report", "value", "--url", url), patron("decide", "c-1", "--url", url)]
    assert [one.exit_code for one in told] == [2, 2]
    assert {one.stderr for one in told} == {
        f"patron: {url} answers, but not as Patron does. Does another program listen there?\n"
    }


# ---- keys ----


def test_a_key_is_a_token_for_the_caller_and_an_entry_for_the_service() -> None:
    told = json.loads(patron("keys", "create", "till", "decide", "events", "--json").stdout)
    (key,) = parse_api_keys(told["entry"])
    assert (key.name, key.scopes) == ("till", {"decide", "events"})
    assert told["token"].startswith("pat_")
    assert told["token"] not in told["entry"]


def test_a_name_that_a_key_cannot_have_is_a_wrong_call() -> None:
    told = patron("keys", "create", "The Till", "decide")
    assert (told.exit_code, told.stdout) == (2, "")
    assert told.stderr == ("patron: 'The Till': expected a name of up to 40 lower-case letters, digits, dots, dashes\n")


def test_a_scope_that_there_is_not_is_a_wrong_call() -> None:
    told = patron("keys", "create", "till", "everything")
    assert told.exit_code == 2
    assert "'events', 'decide', 'read', 'rules', 'admin'" in told.stderr
