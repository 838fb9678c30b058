"""`patron load` against the real API, with a service that keeps what it is given."""

import json
import threading
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result
from werkzeug.serving import make_server

from api.settings import ApiKey, ApiSettings
from cli import load, snapshots
from cli.client import ATTEMPTS, Client, Unreachable
from cli.load import load_command
from engine.domain.errors import Contended, PatronError, StateUnavailable
from engine.domain.events import Event
from service.live import Live
from service.replies import Reply
from tests.support.fake_service import FakeService
from tests.support.publishing import app_of

TOKEN = "pat_till_abcdefghijklmnop"


def event(id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "type": "visited",
        "time": "2026-01-01T10:00:00Z",
        "customer": {"id": "mei"},
        "properties": {},
        "decide": ["home.banner"],
        **more,
    }


class Serving:
    """An app on a loopback port of its own."""

    def __init__(self, service: FakeService, settings: ApiSettings) -> None:
        self.service = service
        self._server = make_server("127.0.0.1", 0, app_of(service, settings), threaded=True)
        self.url = f"http://127.0.0.1:{self._server.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> "Serving":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(autouse=True)
def one_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other worker could still decide with the snapshot before, so a few answers in a row are enough."""
    monkeypatch.setattr(snapshots, "ALIKE_FOR", 2 * snapshots.BETWEEN)


@pytest.fixture
def serving() -> Iterator[Serving]:
    with Serving(FakeService(), ApiSettings()) as serving:
        yield serving


def run(file: Path, url: str, *arguments: str) -> Result:
    return CliRunner().invoke(load_command, [str(file), "--url", url, *arguments])


def lines(path: Path, *events: object) -> Path:
    path.write_bytes(b"".join((e if isinstance(e, bytes) else orjson.dumps(e)) + b"\n" for e in events))
    return path


def test_all_events_arrive_in_batches_and_are_only_stored(serving: Serving, tmp_path: Path) -> None:
    file = lines(tmp_path / "e.jsonl", *(event(f"e{i}") for i in range(25)))
    result = run(file, serving.url, "--batch", "10")
    assert result.exit_code == 0, result.stderr
    assert "25 events stored, 0 refused" in result.stdout and "snapshot 1" in result.stdout
    assert [e.id for e in serving.service.events] == [f"e{i}" for i in range(25)]
    assert {e.decide for e in serving.service.events} == {"none"}


@pytest.mark.parametrize(("decide", "kept"), [("outbound", "outbound"), ("keep", ("home.banner",))])
def test_events_are_decided_on_when_told(serving: Serving, tmp_path: Path, decide: str, kept: object) -> None:
    assert run(lines(tmp_path / "e.jsonl", event("e1")), serving.url, "--decide", decide).exit_code == 0
    assert serving.service.events[0].decide == kept


def test_refused_events_are_named_with_their_line_and_the_rest_is_stored(serving: Serving, tmp_path: Path) -> None:
    file = lines(tmp_path / "e.jsonl", event("e1"), b"", b"{not json", event("lost"), event("e2", time="soon"), b"[1]")
    result = run(file, serving.url, "--json")
    said = json.loads(result.stdout)
    assert result.exit_code == 1
    assert (said["stored"], said["refused"], said["snapshot"]) == (1, 4, {"number": 1})
    assert [p["line"] for p in said["problems"]] == [3, 4, 5, 6]
    assert "/time" in said["problems"][2]["problem"]


def test_events_of_customers_who_were_erased_later_are_left_out_and_no_mistake(
    serving: Serving, tmp_path: Path
) -> None:
    result = run(lines(tmp_path / "e.jsonl", event("e1"), event("before-the-erasure")), serving.url)
    assert result.exit_code == 0
    assert "1 events stored, 0 refused" in result.stdout
    assert "1 skipped: their customers were erased after them" in result.stdout


def test_events_with_warnings_are_counted_and_the_first_are_shown(serving: Serving, tmp_path: Path) -> None:
    wrong = [event(f"e{n}", properties={"surface": 7}) for n in range(7)]
    result = run(lines(tmp_path / "e.jsonl", event("right"), *wrong), serving.url)
    assert result.exit_code == 0
    assert "7 of them have warnings; the first:\n  line 2: /properties/surface: must be a text" in result.stdout
    assert result.stdout.count("  line ") == 5


def test_the_warnings_are_part_of_the_json(serving: Serving, tmp_path: Path) -> None:
    said = json.loads(
        run(lines(tmp_path / "e.jsonl", event("e", properties={"surface": 7})), serving.url, "--json").stdout
    )
    assert said["warned"] == 1
    assert said["warnings"] == [
        {"line": 1, "warnings": ["/properties/surface: must be a text, not a number; left out"]}
    ]


def test_only_the_first_problems_are_shown(serving: Serving, tmp_path: Path) -> None:
    result = run(lines(tmp_path / "e.jsonl", *(event("lost") for _ in range(9))), serving.url)
    assert result.stderr.count("  line ") == 5 and "and 4 more" in result.stderr


def test_events_come_from_standard_input(serving: Serving) -> None:
    result = CliRunner().invoke(load_command, ["-", "--url", serving.url], input=orjson.dumps(event("e1")))
    assert result.exit_code == 0 and len(serving.service.events) == 1


def test_an_empty_file_is_no_error_and_counts_nothing_anew(serving: Serving, tmp_path: Path) -> None:
    result = run(lines(tmp_path / "e.jsonl"), serving.url, "--json")
    assert result.exit_code == 0 and json.loads(result.stdout)["snapshot"] is None


def test_batches_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "MAX_BYTES", 100)
    parts = [part for part, _ in load._batches(iter((i, b"x" * 40) for i in range(5)), 500)]
    assert [len(part) for part in parts] == [2, 2, 1]


def test_a_batch_that_the_service_finds_too_large_is_halved(tmp_path: Path) -> None:
    with Serving(FakeService(), ApiSettings(max_batch_lines=4)) as serving:
        assert run(lines(tmp_path / "e.jsonl", *(event(f"e{i}") for i in range(11))), serving.url).exit_code == 0
        assert len(serving.service.events) == 11


def test_a_busy_service_is_asked_again_after_the_time_it_names(serving: Serving) -> None:
    serving.service.fails = StateUnavailable("the store is away", retry_after=3)
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            serving.service.fails = None

    status, answer = Client(serving.url, wait=wait).post("/v1/events", orjson.dumps(event("e1", decide="none")))
    assert (status, answer["stored"], waits) == (200, True, [3.0, 3.0])


def test_a_service_that_stays_busy_is_given_up(serving: Serving) -> None:
    serving.service.fails = StateUnavailable("the store is away", retry_after=3600)
    waits: list[float] = []
    with pytest.raises(Unreachable, match="the store is away"):
        Client(serving.url, wait=waits.append).post("/v1/events", orjson.dumps(event("e1")))
    assert waits == [30.0] * (ATTEMPTS - 1)


def test_nobody_there_is_said_so() -> None:
    with Serving(FakeService(), ApiSettings()) as gone:
        url = gone.url
    with pytest.raises(Unreachable, match="Connection refused"):
        Client(url, wait=lambda _: None).post("/v1/events", b"{}")


class Racing(FakeService):
    """Loses the race for the first event of a batch, as happens when customers are busy."""

    def handle_events(self, events: Sequence[Event], live: Live | None = None) -> list[Reply | PatronError]:
        return [Contended("asked about from many sides"), *super().handle_events(events[1:], live)]


class Failing(FakeService):
    """Breaks in the third batch."""

    batches = 0

    def handle_events(self, events: Sequence[Event], live: Live | None = None) -> list[Reply | PatronError]:
        self.batches += 1
        if self.batches == 3:
            raise RuntimeError("our mistake")
        return super().handle_events(events, live)


def test_a_load_that_broke_off_goes_on_where_it_stopped(tmp_path: Path) -> None:
    file = lines(tmp_path / "e.jsonl", *(event(f"e{i}") for i in range(10)))
    with Serving(Failing(), ApiSettings()) as serving:
        broken = run(file, serving.url, "--batch", "3")
        assert broken.exit_code == 2 and "6 events are stored; resume with --from-line 7" in broken.stderr
        assert run(file, serving.url, "--from-line", "7").exit_code == 0
        assert [e.id for e in serving.service.events] == [f"e{i}" for i in range(10)]


def test_an_event_whose_customer_was_busy_is_sent_again(tmp_path: Path) -> None:
    with Serving(Racing(), ApiSettings()) as serving:
        result = run(lines(tmp_path / "e.jsonl", event("e1"), event("e2")), serving.url)
        assert result.exit_code == 0, result.stderr
        assert {e.id for e in serving.service.events} == {"e1", "e2"}


def test_a_key_is_sent_and_a_wrong_one_ends_the_load(tmp_path: Path) -> None:
    file = lines(tmp_path / "e.jsonl", event("e1"))
    key = ApiKey("till", _digest(TOKEN), frozenset(("events",)))
    with Serving(FakeService(), ApiSettings(keys=(key,))) as serving:
        wrong = run(file, serving.url, "--key", "pat_x_y")
        assert wrong.exit_code == 2 and "answered 401" in wrong.stderr and "pat_x_y" not in wrong.output
        right = CliRunner().invoke(load_command, [str(file), "--url", serving.url], env={"PATRON_API_KEY": TOKEN})
        assert right.exit_code == 0 and "hourly snapshot" in right.stdout  # the key lacks the scope admin


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


@pytest.mark.parametrize(
    "url", ["ftp://x", "127.0.0.1:8080", "http://", "http://h:99999", "http://[::1", "http://h/?q"]
)
def test_an_address_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    result = run(lines(tmp_path / "e.jsonl", event("e1")), url)
    assert result.exit_code == 2 and result.stderr.startswith("patron: ")


@pytest.mark.parametrize("name", ["", "missing.jsonl"])
def test_a_file_that_cannot_be_read_is_named(serving: Serving, tmp_path: Path, name: str) -> None:
    result = run(tmp_path / name, serving.url)
    assert result.exit_code == 2 and "cannot be read" in result.stderr


# ---- what a log of an earlier version may have ----


def order(id: str, **properties: Any) -> dict[str, Any]:
    return event(id, type="order_completed", properties={"order_id": id, **properties})


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """A log with a whole number of money, which nobody can tell the unit of."""
    return lines(tmp_path / "log.jsonl", order("o-1", total="12.30"), order("o-2", total=50))


def test_a_whole_number_of_money_ends_the_load_before_anything_is_sent(serving: Serving, before: Path) -> None:
    refused = run(before, serving.url)
    assert refused.exit_code == 2
    assert "line 2: /properties/total is the whole number 50" in refused.stderr
    assert "--amounts minor or --amounts major" in refused.stderr
    assert serving.service.events == []


@pytest.mark.parametrize(("amounts", "total"), [("minor", 50), ("major", 5000)])
def test_a_whole_number_of_money_is_sent_as_it_is_said(
    serving: Serving, before: Path, amounts: str, total: int
) -> None:
    assert run(before, serving.url, "--amounts", amounts).exit_code == 0
    assert [one.properties["total"] for one in serving.service.events] == [1230, total]


def test_an_event_of_a_log_may_have_its_former_name(serving: Serving, tmp_path: Path) -> None:
    log = lines(tmp_path / "log.jsonl", event("e-1", type="link_added", properties={"channel": "email"}))
    assert run(log, serving.url, "--decide", "keep").exit_code == 0
    assert [one.type for one in serving.service.events] == ["channel_address_added"]
