"""Counting the shop's figures anew, and waiting until every worker decides with them."""

import time
from http import HTTPStatus
from typing import Any, Final

from cli.client import Client

ALIKE_FOR: Final = 0.8
"""Seconds: longer than a worker takes to look for a new snapshot (PATRON_POLL_MS, half a second unless set)."""
AT_MOST: Final = 10.0
BETWEEN: Final = 0.05


def take_snapshot(client: Client) -> dict[str, Any] | None:
    """The new snapshot (number, customers, ...) once all workers have it; None when the key may not take one."""
    status, answer = client.post("/v1/snapshots", b"{}")
    if status != HTTPStatus.OK or not isinstance(answer, dict):
        return None
    _wait_until_used(client, answer["number"])
    return answer


def _wait_until_used(client: Client, number: int) -> None:
    """Until new connections, which reach any worker, have only met this snapshot for a while."""
    deadline = time.monotonic() + AT_MOST
    since = time.monotonic()
    while time.monotonic() < min(deadline, since + ALIKE_FOR):
        client.close()
        _, status = client.get("/readyz?verbose")
        if not isinstance(status, dict) or "snapshot" not in status:
            return  # something in between that does not say
        if status["snapshot"] < number:
            since = time.monotonic()
        time.sleep(BETWEEN)
