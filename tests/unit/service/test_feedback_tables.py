"""Feedback tables: those of Patron, and the errors of others, each with its place and what to write instead."""

from pathlib import Path

import pytest

from runtime.feedback_tables import feedback_tables
from service.feedback.read import WrongTables, read_tables, shipped_tables

RIGHT = """\
title: Ours
channel: email
event: /what
time: {at: /at, format: rfc3339}
customer_id: /customer
recommendation_id: /recommendation
reports:
  - {event: stop, when: {/scope: all}, withdraw: all}
  - {event: stop, withdraw: marketing}
"""


def errors(text: str, file: str = "ours.yaml") -> str:
    with pytest.raises(WrongTables) as caught:
        read_tables({file: text.encode()})
    return str(caught.value)


def test_four_services_are_shipped() -> None:
    assert set(shipped_tables()) == {"amazon-ses", "mailgun", "postmark", "sendgrid"}


@pytest.mark.parametrize("service", shipped_tables())
def test_a_complaint_is_never_weaker_than_an_unsubscription(service: str) -> None:
    rows = shipped_tables()[service].rows
    complaints = [row for row in rows if "complain" in row.event.lower() or "spam" in row.event.lower()]
    assert complaints
    assert all(row.withdraw == "all" for row in complaints if row.ignored is None)


@pytest.mark.parametrize("service", shipped_tables())
def test_an_address_is_only_removed_for_a_message_that_did_not_arrive(service: str) -> None:
    assert {row.outcome for row in shipped_tables()[service].rows if row.remove_address} == {"undo"}


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("event: /what", "event: what", "ours.yaml:3:8: error wrong-type: a JSON pointer such as /event was expected"),
        ("event: /what", "event: what", "write /what"),
        ("event: /what", "event: []", "ours.yaml:3:8: error empty-list: event needs at least 1"),
        ("event: /what\n", "", "ours.yaml:1:1: error missing-key: a feedback table needs the key event"),
        ("rfc3339", "rfc3393", "ours.yaml:4:25: error unknown-word: rfc3393 is not possible here"),
        ("rfc3339", "rfc3393", "did you mean rfc3339?"),
        ("withdraw: marketing", "withdraw: everything", "ours.yaml:9:29: error unknown-word: everything"),
        ("withdraw: marketing", "outcome: opened", "ours.yaml:9:28: error unknown-word: opened"),
        ("withdraw: marketing", "remove_adress: yes", "did you mean remove_address?"),
        ("withdraw: marketing", "remove_address: maybe", "ours.yaml:9:35: error wrong-type: yes or no was expected"),
        (", withdraw: marketing", "", "ours.yaml:9:5: error one-of-keys: a row needs either what follows"),
        ("withdraw: marketing", "withdraw: all, ignored: machine", "ours.yaml:9:5: error one-of-keys"),
        ("withdraw: marketing", "ignored: nonsense", "ours.yaml:9:28: error unknown-word: nonsense"),
        (
            "when: {/scope: all}, ",
            "",
            "ours.yaml:9:5: error table-row-never: this row is never reached: the row at ours.yaml:8:5",
        ),
        ("{/scope: all}", "{/scope: {present: no}}", "ours.yaml:8:44: error wrong-type: yes was expected"),
        ("{/scope: all}", "{scope: all}", "ours.yaml:8:26: error wrong-type: a JSON pointer"),
        ("title: Ours", "title: [Ours", "error yaml-syntax"),
    ],
)
def test_an_error_is_reported_at_its_place(right: str, wrong: str, said: str) -> None:
    assert RIGHT.count(right) == 1
    assert said in errors(RIGHT.replace(right, wrong))


def test_all_errors_are_reported_at_once() -> None:
    text = errors(RIGHT.replace("rfc3339", "iso").replace("channel", "chanel"))
    assert "ours.yaml:2:1: error unknown-key" in text and "ours.yaml:4:25: error unknown-word" in text


def test_a_file_is_named_as_its_service() -> None:
    assert "Our Mail.yaml:1:1: error bad-id" in errors(RIGHT, "Our Mail.yaml")


def test_two_tables_for_one_service_are_refused() -> None:
    with pytest.raises(WrongTables, match="is for ours, too"):
        read_tables({"a/ours.yaml": RIGHT.encode(), "b/ours.yml": RIGHT.encode()})


def test_a_table_of_the_folder_replaces_that_of_the_same_service(tmp_path: Path) -> None:
    (tmp_path / "mailgun.yaml").write_text(RIGHT)
    (tmp_path / "README.md").write_text("Ours.")
    tables = feedback_tables(tmp_path)
    assert tables["mailgun"].event == (("what",),)
    assert tables["postmark"] == shipped_tables()["postmark"]
