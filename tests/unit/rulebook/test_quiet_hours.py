"""On one channel only one entry of quiet hours can say what happens at a moment."""

import pytest

from authoring.checking import check_texts
from tests.support.small_book import BOOK

POLICY = "contact_policy.yaml"


def quiet(*entries: str) -> dict[str, str]:
    """The small book with these quiet hours."""
    kept = BOOK[POLICY].partition("quiet_hours:")[0]
    return {**BOOK, POLICY: kept + "quiet_hours:\n" + "".join(f"  - {entry}\n" for entry in entries)}


def on_email(start: str, end: str, days: str | None = None) -> str:
    listed = f", days: [{days}]" if days else ""
    return f'{{channels: [email], from: "{start}", until: "{end}"{listed}, then: hold}}'


@pytest.mark.parametrize(
    ("first", "second", "moment"),
    [
        (on_email("21:00", "08:00"), on_email("07:00", "09:00"), "mon 07:00"),
        (on_email("09:00", "12:00"), on_email("09:00", "12:00"), "mon 09:00"),
        (on_email("21:00", "08:00", "sun"), on_email("00:00", "01:00", "mon"), "mon 00:00"),
        (on_email("00:00", "01:00", "mon"), on_email("21:00", "08:00", "sun"), "mon 00:00"),
        (on_email("21:00", "08:00", "sat"), on_email("00:00", "24:00", "sun"), "sun 00:00"),
        (on_email("22:00", "24:00", "fri"), on_email("23:00", "06:00", "thu, fri"), "fri 23:00"),
    ],
    ids=["night", "same", "over the week's end", "over the week's end, other order", "into a whole day", "one day"],
)
def test_quiet_hours_that_overlap_name_both_places(first: str, second: str, moment: str) -> None:
    findings = check_texts(quiet(first, second))[1]
    assert [(str(f.place), f.code, f.message) for f in findings] == [
        (
            "contact_policy.yaml:10:5",
            "quiet-overlap",
            f"on email they overlap the quiet hours at contact_policy.yaml:9:5, from {moment} on",
        )
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (on_email("21:00", "08:00"), on_email("08:00", "09:00")),
        (on_email("21:00", "08:00", "fri"), on_email("21:00", "08:00", "sat, sun")),
        (on_email("21:00", "00:00", "sun"), on_email("00:00", "08:00", "mon")),
        (on_email("00:00", "24:00", "sat"), on_email("00:00", "24:00", "sun, mon")),
        (on_email("21:00", "08:00"), on_email("21:00", "08:00").replace("email", "post")),
    ],
    ids=["one after the other", "other days", "until midnight", "whole days", "other channels"],
)
def test_quiet_hours_side_by_side_do_not_overlap(first: str, second: str) -> None:
    texts = quiet(first, second)
    post = BOOK["channels.yaml"].partition("  - channel: email")[2].replace("email", "post")
    texts["channels.yaml"] = BOOK["channels.yaml"] + "  - channel: post" + post
    assert check_texts(texts)[1] == []


def test_three_that_overlap_are_reported_as_two() -> None:
    findings = check_texts(quiet(on_email("08:00", "20:00"), on_email("09:00", "10:00"), on_email("11:00", "12:00")))[1]
    assert [str(finding.place) for finding in findings] == ["contact_policy.yaml:10:5", "contact_policy.yaml:11:5"]


def test_thousands_of_quiet_hours_are_checked() -> None:
    entries = [
        on_email(f"{hour:02}:{minute:02}", f"{hour:02}:{minute + 1:02}") for hour in range(24) for minute in range(59)
    ]
    assert check_texts(quiet(*entries))[1] == []
