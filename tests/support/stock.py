"""A running service with a stock of gifts that many customers want at once, and clients who do not give up."""

import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from benchmarks.stress import RULES
from cli.serving import Served, served
from service.ports import GRACE, Used
from storage.redis import connect
from tests.support.processes import eventually, workers_of

WORKERS = 4
CLIENTS = 20


def now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass
class Gifts:
    """The service and who has got what. A gift expires after two seconds."""

    service: Served
    accepted: dict[str, str] = field(default_factory=dict)
    """Recommendation id -> customer."""

    def __post_init__(self) -> None:
        self.ledger = connect(f"unix://{self.service.log.parent}/valkey/valkey.sock", timeout_s=5).ledger

    def used(self, ahead: int = 0) -> Used:
        return self.ledger.used("gift", "", "", now_ms() + ahead)

    def post(self, path: str, body: Mapping[str, Any]) -> requests.Response:
        """Sent again until it is answered, as a checkout does."""
        while True:
            try:
                answer = requests.post(self.service.url + path, json=body, timeout=120)
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError):
                continue
            if answer.status_code != 503:
                assert answer.status_code == 200, answer.text
                return answer

    def ask(self, customer: str, round: int = 1) -> list[dict[str, Any]]:
        """What the customer gets."""
        placements = [{"id": "home", "count": 1}]
        body = {"request_id": f"{customer}-{round}", "customer": {"id": customer}, "placements": placements}
        while (answer := self.post("/v1/decisions", body).json())["degraded"]:
            pass
        return [one for result in answer["results"] for one in result.get("recommendations", ())]

    def want(self, customer: str, round: int, accepts: bool) -> str:
        """The action that the customer gets. A gift is accepted, or never heard of again."""
        (got,) = self.ask(customer, round)
        if got["action"] == "gift" and accepts:
            name = got["recommendation_id"]
            answer = self.post("/v1/outcomes", {"recommendation_id": name, "outcome": "accept"}).json()
            assert "late" not in answer
            self.accepted[name] = customer
        return str(got["action"])

    def round(self, customers: Iterable[str], number: int, accepts: float) -> list[str]:
        """All of them at once. The share of those who accept a gift."""
        with ThreadPoolExecutor(CLIENTS) as clients:
            asking = enumerate(customers)
            return list(clients.map(lambda one: self.want(one[1], number, one[0] % 10 < 10 * accepts), asking))

    def run_out(self) -> None:
        """Until what nobody took has expired; the minutes that the ledger then waits are skipped."""
        assert eventually(lambda: self.used(ahead=GRACE).reserved == 0)


@contextmanager
def gifts(folder: Path, stock: int) -> Iterator[Gifts]:
    """A service of four workers, with so many gifts."""
    rules = shutil.copytree(RULES, folder / "rules")
    actions = rules / "actions" / "all.yaml"
    text = actions.read_text()
    assert "stock: 200\n" in text
    actions.write_text(text.replace("stock: 200\n", f"stock: {stock}\n").replace("0.001 hours", "0.0006 hours"))
    settings = {
        "PATRON_MATCHER": "reference",
        "PATRON_RULES": str(rules),
        "WEB_CONCURRENCY": str(WORKERS),
        "PATRON_STORE_TIMEOUT_MS": "2000",
    }
    with served(folder, settings) as service:
        assert eventually(lambda: len(workers_of(service)) == WORKERS)
        yield Gifts(service)
