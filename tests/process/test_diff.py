"""`patron diff`, as it is called: folders, git revisions, stored revisions; text, JSON and the page; bad input."""

import json
import subprocess
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import orjson
import pytest

from runtime.replay import ASSUMED
from tests.support.commands import folder_of, patron
from tests.support.small_book import BOOK

PRODUCTS = "      products: {role: activation, near: customer.categories, not: bought_recently, count: 2}\n"
A = {
    **BOOK,
    "arbitration.yaml": BOOK["arbitration.yaml"].partition("learning:")[0],
    "operation.yaml": BOOK["operation.yaml"].replace(PRODUCTS, ""),
    "actions/care.yaml": BOOK["actions/care.yaml"].replace("See {products}", "Have a look"),
}
"""Nothing in it is shared by customers."""
QUIETER = {
    **A,
    "operation.yaml": A["operation.yaml"].replace("customer.orders: {at_least: 2}", "customer.orders: {at_least: 3}"),
}
NASTY = "</script><img src=x onerror=alert(1)>&\"'"


def event(number: int, kind: str, day: int, customer: str, **properties: Any) -> dict[str, Any]:
    return {
        "id": f"e-{number}",
        "type": kind,
        "time": f"2026-03-{day:02}T10:00:00Z",
        "customer": {"id": customer},
        "channel": "web",
        "properties": properties,
        "decide": ["home.banner"] if kind == "visited" else "none",
    }


def lines(customers: list[str]) -> Iterator[dict[str, Any]]:
    """Each has ordered twice, and comes back on the tenth."""
    number = 0
    for day in (1, 4, 10):
        for customer in customers:
            number += 1
            if day == 10:
                yield event(number, "visited", day, customer, surface="web")
            else:
                order = {"order_id": f"o-{number}", "total": "50.00"}
                item = {"line_id": "1", "sku": "B-1", "category": "lighting", "quantity": 1, "amount": "50.00"}
                yield event(number, "order_completed", day, customer, **order, lines=[item])


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines(["mei", "jon", NASTY])))
    return path


@pytest.fixture
def before(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "before", A)


@pytest.fixture
def after(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "after", QUIETER)


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Tester", "-c", "user.email=tester@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two commits: A, then what is quieter; its rules are in `rules`, and a copy of A in `shop/rules`."""
    top = tmp_path / "repository"
    folder_of(top / "rules", {**A, "tests/story.yaml": "tests: []\n"})
    folder_of(top / "shop" / "rules", A)
    git(tmp_path, "init", "-q", "-b", "main", str(top))
    git(top, "add", "-A")
    git(top, "commit", "-qm", "First")
    folder_of(top / "rules", QUIETER)
    git(top, "commit", "-qam", "Second")
    monkeypatch.chdir(top)
    return top


# ---- what it says ----


def test_who_is_treated_differently_is_said_and_exits_1(before: Path, after: Path, log: Path) -> None:
    result = patron("diff", before, after, log)
    assert result.exit_code == 1, result.output
    assert "Treated differently: 3 of 3 customers" in result.stdout
    assert "quiet-check-in: customer.orders at_least 2 -> 3" in result.stdout
    assert "lost check-in by web on 2026-03-10" in result.stdout
    unmet = "customer.orders is 2; it would have to be at least 3."
    assert f"B: check-in: rule quiet-check-in did not match: {unmet}\n" in result.stdout
    assert result.stdout.count("check-in by web on 2026-03-10") == 3


def test_the_json_has_both_reasons_and_both_stories(before: Path, after: Path, log: Path) -> None:
    told = json.loads(patron("diff", before, after, log, "--json").stdout)
    assert told["treated"] == {"gained": 0, "lost": 3, "moved": 0, "reworded": 0, "tier": 0}
    (action,) = told["actions"]
    assert (action["action"], action["channel"], action["a"], action["b"], action["lost"]) == (
        "check-in",
        "web",
        3,
        0,
        3,
    )
    assert told["run"] == {"sent": True, "in_sequence": False, "because": []}
    for one in told["examples"]:
        assert one["moment"]["at"] == "2026-03-10T10:00:00Z"
        assert one["moment"]["a"]["explanation"] and one["moment"]["b"]["explanation"]


def test_the_same_rules_treat_nobody_differently_and_exit_0(before: Path, log: Path) -> None:
    result = patron("diff", before, before, log)
    assert result.exit_code == 0, result.output
    assert "Treated differently: none of 3 customers" in result.stdout


def test_another_text_is_a_difference(before: Path, tmp_path: Path, log: Path) -> None:
    texts = A["actions/care.yaml"].replace("|Hello}", "|Hi}")
    other = folder_of(tmp_path / "other", {**A, "actions/care.yaml": texts})
    told = json.loads(patron("diff", before, other, log, "--json").stdout)
    assert told["treated"]["reworded"] == 3


def test_what_customers_share_is_replayed_in_order_and_it_says_why(tmp_path: Path, after: Path, log: Path) -> None:
    learning = folder_of(tmp_path / "learning", BOOK)
    told = json.loads(patron("diff", learning, after, log, "--json", "--processes", 1, "--as-logged").stdout)
    assert told["run"]["in_sequence"]
    assert "learning" in told["run"]["because"][0]


def test_nothing_is_learned_where_every_message_counts_as_sent_and_it_says_so(
    tmp_path: Path, after: Path, log: Path
) -> None:
    learning = folder_of(tmp_path / "learning", BOOK)
    assert not json.loads(patron("diff", learning, after, log, "--json", "--processes", 1).stdout)["run"]["in_sequence"]
    assert ASSUMED in patron("diff", learning, after, log, "--processes", 1).stdout
    assert ASSUMED not in patron("diff", learning, after, log, "--processes", 1, "--as-logged").stdout


def test_two_processes_say_what_one_says(before: Path, after: Path, log: Path) -> None:
    one, two = (patron("diff", before, after, log, "--json", "--processes", number).stdout for number in (1, 2))
    assert one == two


def test_rules_only_needs_no_log_and_tells_each_change_in_a_line(before: Path, after: Path) -> None:
    result = patron("diff", before, after, "--rules-only")
    assert (result.exit_code, result.stdout) == (
        1,
        "1 difference:\n  quiet-check-in: customer.orders at_least 2 -> 3\n",
    )
    (change,) = json.loads(patron("diff", before, after, "--rules-only", "--json").stdout)["rules"]
    assert (change["id"], change["before"], change["after"]) == ("quiet-check-in", 2, 3)


def test_comments_are_no_difference_and_exit_0(before: Path, tmp_path: Path) -> None:
    commented = folder_of(tmp_path / "commented", {name: f"# Ours\n{text}" for name, text in A.items()})
    result = patron("diff", before, commented, "--rules-only")
    assert (result.exit_code, result.stdout) == (0, "no difference\n")


# ---- the page ----


class Page(HTMLParser):
    """What a browser would see: elements, whatever could fetch or run something, and whether all is closed."""

    VOID: ClassVar = {"meta", "rect", "path", "br"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.dangerous: list[tuple[str, str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name in ("src", "href", "srcset", "action"):
                self.dangerous.append((name, value or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_whole_runs_nothing_fetches_nothing_and_escapes_all(
    before: Path, after: Path, log: Path, tmp_path: Path
) -> None:
    result = patron("diff", before, after, log, "--html", tmp_path / "diff.html")
    assert result.exit_code == 1, result.output
    text = (tmp_path / "diff.html").read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    page.close()
    assert page.open == [] and page.dangerous == []
    assert page.seen.count("svg") >= 3
    assert not {"script", "img", "link", "iframe"} & set(page.seen)
    assert NASTY in page.text
    assert "default-src 'none'" in text and "prefers-color-scheme: dark" in text
    assert "url(" not in text and "@import" not in text and "http://" not in text and "https://" not in text


# ---- git ----


@pytest.mark.usefixtures("repository")
def test_a_revision_is_compared_with_the_folder_in_which_one_works(log: Path) -> None:
    result = patron("diff", "HEAD~1", "rules", log)
    assert "Treated differently: 3 of 3 customers" in result.stdout


@pytest.mark.usefixtures("repository")
def test_two_revisions_are_compared_without_a_folder() -> None:
    assert patron("diff", "HEAD~1", "main", "--rules-only").exit_code == 1
    assert patron("diff", "main", "main", "--rules-only").exit_code == 0


@pytest.mark.usefixtures("repository")
def test_the_folder_of_a_revision_can_be_named() -> None:
    assert patron("diff", "HEAD:shop/rules", "HEAD~1", "--rules-only").exit_code == 0
    assert patron("diff", "main", "shop/rules", "--rules-only").exit_code == 0


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("name", ["no-such-branch", "--output=stolen", "HEAD~9", "", ":rules", "-n"])
def test_an_unknown_revision_is_said_and_exits_2(name: str) -> None:
    result = patron("diff", "--rules-only", "--", name, "rules")
    assert result.exit_code == 2
    assert "neither a folder nor a git revision" in result.stderr
    assert not Path("stolen").exists()


def test_outside_of_a_repository_git_is_said_not_to_know_it(before: Path, tmp_path: Path) -> None:
    result = patron("diff", "main", before, "--rules-only")
    assert result.exit_code == 2
    assert "neither a folder nor a git revision" in result.stderr


@pytest.mark.usefixtures("repository")
def test_a_folder_that_the_revision_does_not_have_is_said() -> None:
    result = patron("diff", "HEAD:elsewhere", "rules", "--rules-only")
    assert result.exit_code == 2
    assert "no rule file in elsewhere" in result.stderr


# ---- stored by a service ----


class Stored(BaseHTTPRequestHandler):
    """Answers as `GET /v1/rulebook/revisions/{revision}` does."""

    def do_GET(self) -> None:
        known = self.path == "/v1/rulebook/revisions/sha256%3A0a1b2c3d"
        body = orjson.dumps({"files": dict(A)} if known else {"detail": "no such revision"})
        self.send_response(200 if known else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Stored) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_stored_revision_is_fetched_from_the_service(service: str, before: Path, after: Path) -> None:
    assert patron("diff", "sha256:0a1b2c3d", before, "--rules-only", "--url", service).exit_code == 0
    assert patron("diff", "sha256:0a1b2c3d", after, "--rules-only", "--url", service).exit_code == 1


def test_a_revision_that_the_service_does_not_have_is_said(service: str, before: Path) -> None:
    result = patron("diff", "sha256:ffffffff", before, "--rules-only", "--url", service)
    assert result.exit_code == 2
    assert "no such revision" in result.stderr


# ---- bad input ----


def test_a_broken_rulebook_is_shown_as_check_shows_it_and_exits_2(before: Path, tmp_path: Path, log: Path) -> None:
    broken = folder_of(tmp_path / "broken", {**A, "tiers.yaml": "tiers: 5\n"})
    result = patron("diff", before, broken, log)
    assert result.exit_code == 2
    assert "tiers.yaml:1:8: error" in result.stderr


def test_a_folder_without_rules_is_said(before: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    result = patron("diff", before, tmp_path / "none", "--rules-only")
    assert result.exit_code == 2
    assert "no rule file" in result.stderr


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("id,type\n1,visited\n", ":1: not JSON"),
        ('{"id": "e-1"}\n', ":1: "),
        ('["aliased"]\n', ":1: "),
        ('{"type": "aliased"}\n', ":1: "),
    ],
)
def test_a_file_that_is_no_log_is_said_and_exits_2(
    content: str, said: str, before: Path, after: Path, tmp_path: Path
) -> None:
    path = tmp_path / "other.txt"
    path.write_text(content, encoding="utf-8")
    result = patron("diff", before, after, path)
    assert result.exit_code == 2
    assert said in result.stderr


def test_two_currencies_are_not_compared(before: Path, tmp_path: Path, log: Path) -> None:
    texts = {name: text.replace("EUR", "USD") for name, text in A.items()}
    result = patron("diff", before, folder_of(tmp_path / "dollars", texts), log)
    assert result.exit_code == 2
    assert "uses EUR" in result.stderr and "uses USD" in result.stderr


def test_without_a_log_there_is_nothing_to_replay(before: Path, after: Path) -> None:
    result = patron("diff", before, after)
    assert result.exit_code == 2
    assert "--rules-only" in result.stderr


def test_a_page_that_cannot_be_written_is_said(before: Path, after: Path, log: Path, tmp_path: Path) -> None:
    result = patron("diff", before, after, log, "--html", tmp_path / "no" / "diff.html")
    assert result.exit_code == 2
    assert "diff.html" in result.stderr
