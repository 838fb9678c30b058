"""`patron deliveries` against the real API, over a feed that a test fills."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from api.settings import ApiKey, ApiSettings
from cli import deliveries
from engine.domain.errors import InvalidInput, NotFound, Problem
from tests.support.commands import patron
from tests.support.fake_service import FakeService
from tests.support.publishing import app_of
from tests.support.serving import nobody_there, serving

ROOT = Path(__file__).resolve().parents[3]
HELD = {
    "type": "deliver",
    "customer": {"id": "mei"},
    "recommendation_id": "r-1",
    "decision_id": "d-1",
    "action": "quiet-check-in",
    "kind": "marketing",
    "rule": "check-in",
    "why": "They went quiet",
    "channel": "email",
    "effect": {"type": "discount", "percent": 10},
    "content": {
        "language": "zh-Hans",
        "title": "好久不见",
        "body": 'Two "rooms",\nnew.',
        "link": "https://shop.example/x",
    },
    "products": [{"sku": "B-202", "role": "profit"}, {"sku": "L-305", "role": None}],
    "expires_at": "2026-03-09T09:00:00Z",
    "deliver_after": "2026-03-02T07:00:00Z",
}
GONE = {
    "type": "withdraw",
    "customer": {"anonymous_id": "browser-7"},
    "recommendation_id": "r-0",
    "action": "cart-reminder",
    "channel": "push",
    "stage": "consent",
    "reason": "NO_CONSENT",
    "params": {"channel": "push", "purpose": "marketing"},
    "detail": "the customer has not consented to marketing by push.",
}


def delivery(number: int, title: str = "Hello") -> dict[str, Any]:
    return {**HELD, "recommendation_id": f"r-{number}", "content": {"language": "en", "title": title, "link": None}}


class Feed(FakeService):
    """`items` in their order; a cursor is how many came before."""

    def __init__(self, items: Sequence[Mapping[str, Any]]) -> None:
        super().__init__()
        self.items = list(items)
        self.calls = 0

    def deliveries(self, after: str | None, limit: int) -> tuple[list[Mapping[str, Any]], str]:
        self._go()
        if after is not None and not after.isdigit():
            raise InvalidInput((Problem("/after", "bad-cursor", "not a cursor of this store"),))
        self.calls += 1
        begin = int(after or 0)
        page = self.items[begin : begin + limit]
        return page, str(begin + len(page))


@pytest.fixture
def feed() -> Feed:
    return Feed([GONE, HELD])


@pytest.fixture
def url(feed: Feed) -> Iterator[str]:
    with serving(app_of(feed, ApiSettings())) as url:
        yield url


def rows(printed: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(printed.decode(), newline="")))


def test_the_table_says_what_to_do_for_whom_and_until_when(url: str) -> None:
    told = patron("deliveries", "--url", url)
    withdrawn, held = told.stdout.splitlines()
    assert withdrawn.split() == ["withdraw", "browser-7", "push", "cart-reminder", "NO_CONSENT"]
    assert held.split()[:4] == ["deliver", "mei", "email", "quiet-check-in"]
    assert "after 2026-03-02T07:00:00Z until 2026-03-09T09:00:00Z" in held and held.endswith("好久不见")
    assert (told.exit_code, told.stderr) == (0, "next: 2\n")


def test_csv_has_a_header_and_a_line_for_each_with_what_a_sender_needs(url: str) -> None:
    printed = patron("deliveries", "--url", url, "--csv").stdout_bytes
    withdrawn, held = rows(printed)
    assert held == {
        "type": "deliver",
        "recommendation_id": "r-1",
        "customer_id": "mei",
        "anonymous_id": "",
        "action": "quiet-check-in",
        "channel": "email",
        "language": "zh-Hans",
        "title": "好久不见",
        "body": 'Two "rooms",\nnew.',
        "link": "https://shop.example/x",
        "effect": "discount",
        "products": "B-202 L-305",
        "expires_at": "2026-03-09T09:00:00Z",
        "deliver_after": "2026-03-02T07:00:00Z",
        "reason": "",
    }
    said = {name: value for name, value in withdrawn.items() if value}
    assert said == {
        "type": "withdraw",
        "recommendation_id": "r-0",
        "anonymous_id": "browser-7",
        "action": "cart-reminder",
        "channel": "push",
        "reason": "NO_CONSENT",
    }


def test_csv_ends_its_lines_and_quotes_as_rfc_4180_says(url: str) -> None:
    printed = patron("deliveries", "--url", url, "--csv").stdout_bytes
    assert printed.startswith(b"type,recommendation_id,customer_id,")
    assert printed.count(b"\r\n") == 3
    assert b'"Two ""rooms"",\nnew."' in printed


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_text_is_a_formula_to_a_spreadsheet(feed: Feed, url: str, begins: str) -> None:
    feed.items = [delivery(1, begins + "1+1"), delivery(2, "1" + begins)]
    titles = [row["title"] for row in rows(patron("deliveries", "--url", url, "--csv").stdout_bytes)]
    assert titles == ["'" + begins + "1+1", "1" + begins]


def test_json_is_one_line_for_each_as_it_came(url: str) -> None:
    printed = patron("deliveries", "--url", url, "--json").stdout
    assert [json.loads(line) for line in printed.splitlines()] == [GONE, HELD]


@pytest.mark.parametrize(("form", "lines"), [("--csv", 1), ("--json", 0), (None, 0)])
def test_nothing_to_send_is_no_error(feed: Feed, url: str, form: str | None, lines: int) -> None:
    feed.items = []
    told = patron("deliveries", "--url", url, *([form] if form else []))
    assert (told.exit_code, len(told.stdout.splitlines()), told.stderr) == (0, lines, "next: 0\n")


def test_all_there_are_come_in_one_call_under_one_header(feed: Feed, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "PAGE", 3)
    feed.items = [delivery(number) for number in range(8)]
    told = patron("deliveries", "--url", url, "--csv")
    assert [row["recommendation_id"] for row in rows(told.stdout_bytes)] == [f"r-{number}" for number in range(8)]
    assert (feed.calls, told.stderr) == (4, "next: 8\n")


def test_a_limit_and_a_cursor_take_a_part(feed: Feed, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliveries, "PAGE", 2)
    feed.items = [delivery(number) for number in range(8)]
    told = patron("deliveries", "--url", url, "--json", "--after", "2", "--limit", "3")
    assert [json.loads(line)["recommendation_id"] for line in told.stdout.splitlines()] == ["r-2", "r-3", "r-4"]
    assert told.stderr == "next: 5\n"


def test_a_cursor_file_goes_on_where_the_last_call_ended(feed: Feed, url: str, tmp_path: Path) -> None:
    file = tmp_path / "sent.cursor"
    call = ("deliveries", "--url", url, "--json", "--cursor-file", file)
    first = patron(*call)
    assert (len(first.stdout.splitlines()), first.stderr, file.read_text()) == (2, "", "2\n")
    assert patron(*call).stdout == ""
    feed.items.append(delivery(3))
    assert json.loads(patron(*call).stdout)["recommendation_id"] == "r-3"
    assert [path.name for path in tmp_path.iterdir()] == ["sent.cursor"]


def test_the_cursor_is_not_kept_when_not_all_was_printed(feed: Feed, url: str, tmp_path: Path) -> None:
    file = tmp_path / "sent.cursor"
    file.write_text("1\n")
    feed.fails = NotFound("somebody has removed it")
    assert patron("deliveries", "--url", url, "--cursor-file", file).exit_code == 2
    assert file.read_text() == "1\n"


def test_a_break_in_the_middle_names_what_was_printed(feed: Feed, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Breaking(Feed):
        def deliveries(self, after: str | None, limit: int) -> tuple[list[Mapping[str, Any]], str]:
            if self.calls == 2:
                raise NotFound("somebody has removed it")
            return super().deliveries(after, limit)

    monkeypatch.setattr(deliveries, "PAGE", 2)
    with serving(app_of(Breaking([delivery(n) for n in range(8)]), ApiSettings())) as broken:
        told = patron("deliveries", "--url", broken, "--json")
    assert (told.exit_code, len(told.stdout.splitlines())) == (2, 4)
    assert "repeat the call with --after 4" in told.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_told_and_the_cursor_not_kept(url: str, tmp_path: Path) -> None:
    file = tmp_path / "sent.cursor"
    call = [sys.executable, "-m", "cli.main", "deliveries", "--url", url, "--cursor-file", str(file)]
    with Path("/dev/full").open("wb") as full:
        told = subprocess.run(call, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert told.returncode != 0 and not file.exists()
    assert "output failed: No space left on device" in told.stderr and "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--after", "nonsense"), "answered 422: /after not a cursor"),
        (("--after", "1", "--cursor-file", "x"), "write one of them"),
        (("--limit", "0"), "0 is not in the range"),
        (("--cursor-file", "/nowhere/x"), "/nowhere/x cannot be written"),
    ],
)
def test_a_wrong_call_is_told_why(url: str, arguments: tuple[str, ...], said: str) -> None:
    told = patron("deliveries", "--url", url, *arguments)
    assert told.exit_code == 2
    assert said in told.stderr


def test_a_cursor_file_that_is_none_is_told(url: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\xff\xfe")
    told = patron("deliveries", "--url", url, "--cursor-file", tmp_path / "x")
    assert told.exit_code == 2 and "x cannot be read" in told.stderr


def test_nobody_there_is_said_so() -> None:
    told = patron("deliveries", "--url", nobody_there())
    assert told.exit_code == 2 and "no service answers" in told.stderr


def test_a_key_is_sent_and_needs_the_scope_read(feed: Feed) -> None:
    def known(name: str, scope: str) -> ApiKey:
        return ApiKey(name, sha256(f"pat_{name}_x".encode()).hexdigest(), frozenset((scope,)))

    keys = (known("crm", "read"), known("till", "events"))
    with serving(app_of(feed, ApiSettings(keys=keys))) as url:
        assert patron("deliveries", "--url", url, "--key", "pat_crm_x").exit_code == 0
        told = patron("deliveries", "--url", url, "--key", "pat_till_x")
        assert told.exit_code == 2 and 'lacks the scope "read"' in told.stderr
