"""The real service: what it keeps, how it stands the loss of a worker, and that it counts once."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests

from cli.serving import NotStarted, Served, free_port, served
from runtime.api_keys import new_api_key
from tests.support.books import RULES
from tests.support.processes import belonging_to, eventually, ready, standing, workers_of
from tests.support.requests import event, order, request

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

ROOT = Path(__file__).resolve().parents[2]
QUICK = {"PATRON_MATCHER": "reference"}
"""Starts sooner: no trial of durable_rules."""
MANY = 20


def post(service: Served, path: str, body: object, **more: Any) -> requests.Response:
    return requests.post(service.url + path, json=body, timeout=10, **more)


def get(service: Served, path: str, **more: Any) -> Any:
    answer = requests.get(service.url + path, timeout=10, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One service with two workers for tests that leave it whole; each uses customers of its own."""
    with served(tmp_path_factory.mktemp("service"), QUICK) as service:
        assert eventually(lambda: len(workers_of(service)) == 2)
        yield service


def value(service: Served) -> str:
    worth: str = get(service, "/v1/reports/value")["value"]
    return worth


def test_what_was_stored_is_there_after_a_restart(tmp_path: Path) -> None:
    with served(tmp_path, QUICK) as service:
        post(service, "/v1/events", {**order(), "decide": "none"})
        asked = post(service, "/v1/decisions", request()).json()
        record = get(service, f"/v1/decisions/{asked['decision_id']}")
        taken = [post(service, "/v1/snapshots", {}).json()["number"] for _ in range(5)]
    with served(tmp_path, QUICK) as service:
        assert value(service) == "60.00"
        assert get(service, f"/v1/decisions/{asked['decision_id']}") == record
        assert standing(service)["snapshot"] >= taken[-1] >= 5
        assert post(service, "/v1/decisions", request()).json() == asked | {"duplicate": True}
        assert post(service, "/v1/events", order()).status_code == 200
        assert value(service) == "60.00"


def test_a_worker_that_is_killed_is_replaced_and_answers_go_on(service: Served) -> None:
    killed = min(workers_of(service))
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: len(workers_of(service) - {killed}) == 2)
    answers = [post(service, "/v1/events", event(id=f"k-{n}", customer={"id": "killed"})) for n in range(MANY)]
    assert {answer.status_code for answer in answers} == {200}


def test_the_same_event_sent_many_times_at_once_gets_one_answer_and_counts_once(service: Served) -> None:
    same = {**order(order_id="o-same", total="10.00"), "id": "e-same", "customer": {"id": "same"}}
    with ThreadPoolExecutor(MANY) as threads:
        answers = list(threads.map(lambda _: post(service, "/v1/events", same), range(MANY)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content.replace(b'"duplicate":true,', b"") for answer in answers}) == 1
    facts = get(service, "/v1/customers/same")["facts"]
    assert (facts["customer.orders"], facts["customer.spend"]) == (1, 1000)
    sent = [d for d in get(service, "/v1/deliveries?limit=1000")["items"] if d["customer"] == {"id": "same"}]
    results = answers[0].json()["results"]
    assert len(sent) == sum(len(result["recommendations"]) for result in results)


def test_events_of_one_customer_from_many_sides_are_all_counted(service: Served) -> None:
    orders = [
        {**order(order_id=f"o-{n}", total="1.00"), "id": f"e-{n}", "customer": {"id": "busy"}} for n in range(MANY)
    ]
    with ThreadPoolExecutor(MANY) as threads:
        answers = list(threads.map(lambda one: post(service, "/v1/events", one), orders))
    left = [sent for sent, answer in zip(orders, answers, strict=True) if answer.status_code != 200]
    assert {answer.status_code for answer in answers} <= {200, 503}
    assert {post(service, "/v1/events", one).status_code for one in left} <= {200}
    facts = get(service, "/v1/customers/busy")["facts"]
    assert (facts["customer.orders"], facts["customer.spend"]) == (MANY, MANY * 100)


def test_a_second_service_on_the_same_data_is_refused_and_the_first_goes_on(service: Served, tmp_path: Path) -> None:
    refused = rf"Nothing was started: .* is in use by process {service.master.pid}: .*REDIS_URL"
    same = {**QUICK, "PATRON_DATA": str(service.log.parent)}
    with pytest.raises(NotStarted, match=refused), served(tmp_path, same):
        pass
    assert ready(service)


def test_a_worker_that_is_replaced_does_not_look_at_rules_that_are_just_being_edited(tmp_path: Path) -> None:
    rules = shutil.copytree(RULES, tmp_path / "rules")
    with served(tmp_path, {**QUICK, "PATRON_RULES": str(rules), "WEB_CONCURRENCY": "1"}) as service:
        (killed,), revision = workers_of(service), standing(service)["rulebook"]
        (rules / "operation.yaml").write_text("rules: [half a sen")
        os.kill(killed, signal.SIGKILL)
        assert eventually(lambda: len(workers_of(service) - {killed}) == 1)
        assert standing(service)["rulebook"] == revision

        service.master.send_signal(signal.SIGHUP)
        assert eventually(lambda: "yaml-syntax" in service.log.read_text())
        assert standing(service)["rulebook"] == revision

        shutil.copy(RULES / "operation.yaml", rules / "operation.yaml")
        (rules / "shop.yaml").write_text((rules / "shop.yaml").read_text().replace("name: ", "name: Another "))
        service.master.send_signal(signal.SIGHUP)
        assert eventually(lambda: standing(service)["rulebook"] != revision)


def test_without_durable_rules_the_reference_matcher_serves_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "durable_rules_engine.py").write_text("raise ImportError('not built on this machine')")
    path = os.pathsep.join((str(tmp_path), str(ROOT)))
    with served(tmp_path, {"PYTHONPATH": path, "PATRON_MATCHER": "auto", "WEB_CONCURRENCY": "1"}) as service:
        assert standing(service)["matcher"] == "reference"
        assert post(service, "/v1/decisions", request()).json()["degraded"] is False
        assert "durable_rules cannot be imported" in service.log.read_text()


def test_callers_need_a_key_with_the_right_scope(tmp_path: Path) -> None:
    (till, entry), (_, other) = new_api_key("till", ["events"]), new_api_key("report", ["read"])
    with served(tmp_path, {**QUICK, "PATRON_API_KEYS": f"{entry},{other}", "WEB_CONCURRENCY": "1"}) as service:
        keyed = {"headers": {"Authorization": f"Bearer {till}"}}
        assert post(service, "/v1/events", event()).status_code == 401
        assert post(service, "/v1/decisions", request(), **keyed).status_code == 403
        assert post(service, "/v1/events", event(), **keyed).status_code == 200
        assert ready(service)


def test_without_keys_every_interface_means_loopback_and_the_log_says_so(tmp_path: Path) -> None:
    port = free_port()
    with served(tmp_path, {**QUICK, "PATRON_BIND": f"0.0.0.0:{port}", "WEB_CONCURRENCY": "1"}) as service:
        said = service.log.read_text()
        assert f"but PATRON_API_KEYS is empty: listening on 127.0.0.1:{port} only" in said
        assert f"Listening at: http://127.0.0.1:{port} " in said


def test_nothing_of_a_service_is_left_when_the_process_that_started_it_is_killed(tmp_path: Path) -> None:
    starts = "import sys; from cli.serving import running\nwith running(): print('up', flush=True); sys.stdin.read()"
    starter = subprocess.Popen(
        [sys.executable, "-c", starts],
        cwd=ROOT,
        env={**os.environ, **QUICK, "TMPDIR": str(tmp_path), "WEB_CONCURRENCY": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert starter.stdout.readline() == b"up\n"
    assert len(belonging_to(tmp_path)) == 5  # the starter, gunicorn's two, the store and its guard
    starter.kill()
    starter.communicate()
    assert eventually(lambda: not belonging_to(tmp_path))
