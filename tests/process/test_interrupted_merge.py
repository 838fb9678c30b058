"""Processes are killed while anonymous customers become known: nothing that was sent is lost, nothing counts twice."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from cli.serving import ROOT, Served, served
from storage.redis import connect
from tests.support.books import CUSTOMER
from tests.support.people import COOKIE, POINTER, aliased, visit, visits
from tests.support.processes import eventually, workers_of
from tests.support.requests import Json, event, order
from tests.support.servers import embedded_server
from tests.support.services import Shop

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

SETTINGS = {"PATRON_MATCHER": "reference"}
PEOPLE = 60
SENDERS = 6
ORDERS = 4
"""Of each customer: two before the merge, two under the old id after it."""


def send(service: Served, body: Json) -> None:
    """As a sender does it: until there is an answer."""
    while True:
        with suppress(requests.RequestException):
            answer = requests.post(f"{service.url}/v1/events", json=body, timeout=5)
            if answer.status_code == 200:
                return
            assert answer.status_code == 503, answer.text
        time.sleep(0.02)


def bought(order_id: str, customer: Json) -> Json:
    return {**order(order_id=order_id), "id": f"e-{order_id}", "customer": customer, "decide": "none"}


def becomes_known(service: Served, number: int) -> None:
    """Somebody buys under both ids, is found to be one, and goes on under the old id."""
    known, cookie = {"id": f"c-{number}"}, {"anonymous_id": f"a-{number}"}
    send(service, bought(f"{number}-1", cookie))
    send(service, bought(f"{number}-2", known))
    joined = event(id=f"x-{number}", type="aliased", customer=known, properties={"anonymous_id": f"a-{number}"})
    send(service, joined)
    send(service, bought(f"{number}-3", cookie))
    send(service, bought(f"{number}-4", cookie))


def kill_workers(service: Served, until: threading.Event, chance: random.Random) -> int:
    """Now and then one worker, never the last; how many."""
    killed = 0
    while not until.wait(chance.uniform(0.05, 0.25)):
        workers = workers_of(service)
        if len(workers) > 1:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(sorted(workers)), signal.SIGKILL)
                killed += 1
    return killed


def exported(service: Served, query: str) -> Any:
    answer = requests.get(f"{service.url}/v1/customers:export?{query}", timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_nothing_is_lost_or_doubled_when_workers_are_killed_in_the_middle_of_merges(tmp_path: Path) -> None:
    with served(tmp_path, SETTINGS) as service:
        assert eventually(lambda: len(workers_of(service)) == 2)
        done = threading.Event()
        with ThreadPoolExecutor(SENDERS + 1) as pool:
            killing = pool.submit(kill_workers, service, done, random.Random(7))
            sending = [pool.submit(becomes_known, service, number) for number in range(PEOPLE)]
            try:
                for one in sending:
                    one.result()
            finally:
                done.set()
            assert killing.result() > 0
        for number in range(PEOPLE):
            known = exported(service, f"id=c-{number}")
            purchases = known["profile"]["purchases"]
            assert (purchases["order_count"], purchases["spend"]) == (ORDERS, f"{60 * ORDERS}.00"), number
            assert exported(service, f"id=a-{number}&anonymous=yes") == known
        report = requests.get(f"{service.url}/v1/reports/value", timeout=10).json()
        assert (report["customers"], report["value"]) == (PEOPLE, f"{60 * ORDERS * PEOPLE}.00")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("write", [1, 2, 3])
def test_a_process_that_is_killed_at_one_of_the_three_writes_is_taken_over(
    tmp_path: Path, write: int, when: str
) -> None:
    with embedded_server(tmp_path) as server:
        shop = Shop(store=connect(server.url, timeout_s=5.0))
        shop.service.handle_events([visit("v1", CUSTOMER), visit("v2"), visit("v3")])
        command = [sys.executable, "-m", "tests.support.dying", server.url, str(write), when]
        assert subprocess.run(command, cwd=ROOT, timeout=60, check=False).returncode == -signal.SIGKILL
        shop.service.handle_event(visit("v4"))
        was_frozen = write > 1 or when == "after"
        assert visits(shop) == (4 if was_frozen else 1)
        shop.service.handle_event(aliased("x"))
        assert visits(shop) == 4
        assert shop.profile(COOKIE) == POINTER
