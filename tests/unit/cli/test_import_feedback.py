"""A file of a mail service's reports as events, which the engine takes."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner, Result

from cli.import_ import import_group
from engine.domain.money import Currency
from engine.rulebook.shop import Shop
from engine.schemas import load_event
from service.feedback.apply import apply_reports
from service.feedback.read import shipped_tables
from tests.support.commands import unnamed
from tests.support.mail_reports import mailgun, postmark, sendgrid, ses, through_sns
from tests.support.services import Shop as Served

RULES: Final = Path(__file__).resolve().parents[3] / "rules"
SHOP: Final = Shop(Currency("EUR"), "Europe/Berlin", ("en",))
GIVEN: Final = "r-5fca7f7d89688a4d700fd1-fa8327"
ABOUT: Final = {"customer_id": "mei", "recommendation_id": GIVEN}
Json = dict[str, Any]


def run(path: Path, content: str, *options: str, service: str = "sendgrid") -> Result:
    path.write_text(content, encoding="utf-8")
    return unnamed(
        CliRunner().invoke(import_group, ["feedback", str(path), "--service", service, "--rules", str(RULES), *options])
    )


def events(result: Result) -> list[Json]:
    assert result.exit_code == 0, result.stderr
    found = [json.loads(line) for line in result.stdout.splitlines()]
    for event in found:
        load_event(event, SHOP, None)
    return found


def lines(*reports: Any) -> str:
    return "".join(json.dumps(report) + "\n" for report in reports)


def summary(result: Result) -> Json:
    return dict(json.loads(result.stderr))


@pytest.mark.parametrize(
    ("service", "report"),
    [
        ("mailgun", mailgun("failed", ABOUT, severity="permanent", reason="bounce")),
        ("sendgrid", sendgrid("bounce", ABOUT, type="bounce")),
        ("amazon-ses", through_sns(ses("Bounce", ABOUT, bounce={"bounceType": "Permanent"}))),
        ("postmark", postmark("Bounce", ABOUT, Type="HardBounce")),
    ],
)
def test_a_hard_bounce_removes_the_address_and_undoes_the_contact(tmp_path: Path, service: str, report: Json) -> None:
    found = events(run(tmp_path / "r.jsonl", lines(report), service=service))
    assert {event["type"]: event["properties"] for event in found} == {
        "channel_address_removed": {"channel": "email"},
        "outcome": {"recommendation_id": GIVEN, "outcome": "undo"},
    }
    assert {event["customer"]["id"] for event in found} == {"mei"}
    assert {event["decide"] for event in found} == {"none"}


@pytest.mark.parametrize(
    "content",
    [
        json.dumps([sendgrid("open", ABOUT), sendgrid("click", ABOUT)], indent=2),
        lines(sendgrid("open", ABOUT), sendgrid("click", ABOUT)),
        lines([sendgrid("open", ABOUT), sendgrid("click", ABOUT)]) + "\n\n",
    ],
    ids=["list", "lines", "lists in lines"],
)
def test_a_file_may_be_a_list_or_lines(tmp_path: Path, content: str) -> None:
    found = events(run(tmp_path / "r.json", content))
    assert {event["properties"]["outcome"] for event in found} == {"impression", "click"}


def test_the_same_report_twice_is_written_once(tmp_path: Path) -> None:
    result = run(tmp_path / "r.jsonl", lines(sendgrid("open", ABOUT), sendgrid("open", ABOUT)), "--json")
    assert len(events(result)) == 1
    assert summary(result)["notes"] == {"repeated events, written once": 1}


def test_an_imported_report_that_came_by_the_api_is_a_repeat(tmp_path: Path) -> None:
    shop, report = Served(), sendgrid("spamreport", {"customer_id": "mei"})
    apply_reports([report], shipped_tables()["sendgrid"], "email", shop.service.begin())
    (event,) = events(run(tmp_path / "r.jsonl", lines(report)))
    assert shop.service.handle_event(load_event(event, SHOP, None)).duplicate


def test_what_a_table_ignores_is_counted_by_reason_and_is_no_loss(tmp_path: Path) -> None:
    reports = [sendgrid("processed", ABOUT), sendgrid("open", ABOUT, sg_machine_open=True), sendgrid("click", ABOUT)]
    result = run(tmp_path / "r.jsonl", lines(*reports), "--json")
    assert len(events(result)) == 1
    dropped = {reason: found["lines"] for reason, found in summary(result)["dropped"].items()}
    assert dropped == {"not-final": 1, "machine": 1}


def test_unknown_events_are_named_and_too_many_stop_the_import(tmp_path: Path) -> None:
    result = run(tmp_path / "r.jsonl", lines(sendgrid("vanished", ABOUT), sendgrid("click", ABOUT)), "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert summary(result)["notes"] == {"reports with the unknown event 'vanished'": 1}
    assert "--accept-losses" in summary(result)["refused"]


def test_one_unusable_withdrawal_among_many_reports_stops_the_import(tmp_path: Path) -> None:
    clicks = [sendgrid("click", ABOUT, url=f"https://shop.example/{n}", sg_event_id=f"sg-{n}") for n in range(40)]
    lost = sendgrid("unsubscribe", {"recommendation_id": GIVEN})
    assert run(tmp_path / "r.jsonl", lines(*clicks, sendgrid("click", {}))).exit_code == 0
    result = run(tmp_path / "r.jsonl", lines(*clicks, lost))
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no-customer (first in line 41)" in result.stderr
    assert len(events(run(tmp_path / "r.jsonl", lines(*clicks, lost), "--accept-losses"))) == 40


@pytest.mark.parametrize("line", ["half a re", '{"email": "mei@example.com"}', "7"])
def test_a_line_that_is_no_report_is_counted_with_its_number(tmp_path: Path, line: str) -> None:
    result = run(tmp_path / "r.jsonl", lines(sendgrid("click", ABOUT)) + line + "\n", "--json", "--accept-losses")
    assert len(events(result)) == 1
    (found,) = summary(result)["dropped"].values()
    assert found == {"lines": 1, "first": 2}


def test_a_file_that_is_no_json_is_refused(tmp_path: Path) -> None:
    result = run(tmp_path / "r.csv", "event,time\nopen,yesterday\n")
    assert result.exit_code == 2
    assert f"{tmp_path / 'r.csv'} is neither JSON nor JSON lines" in result.stderr


@pytest.mark.parametrize(
    ("options", "service", "said"),
    [
        ((), "sendgird", "did you mean sendgrid?"),
        ((), "owl-post", "possible: amazon-ses, mailgun"),
        (("--channel", "emial"), "sendgrid", 'did you mean "email"?'),
    ],
)
def test_an_unknown_service_or_channel_is_refused_with_what_to_write(tmp_path, options, service, said) -> None:
    result = run(tmp_path / "r.json", "[]", *options, service=service)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())


def test_the_errors_of_an_own_table_are_shown_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "ours.yaml").write_text("title: Ours\nchanel: email\n")
    result = run(tmp_path / "r.json", "[]", "--tables", str(tmp_path / "tables"))
    assert result.exit_code == 2
    assert "ours.yaml:2:1: error unknown-key: a feedback table has no key chanel" in result.stderr
