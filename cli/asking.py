"""Asking a running service on behalf of somebody who reads along: what it refuses ends the verb."""

from collections.abc import Callable, Container, Mapping
from typing import Any, Final
from urllib.parse import quote

import orjson

from cli.client import Client, Unreachable, detail_of
from cli.output import FOUND, USAGE, fail

Json = Mapping[str, Any]
NOT_FOUND: Final = 404
REFUSALS: Final = range(400, 600)
"""Whatever the service says no to is an answer, too."""


def must(answered: tuple[int, Any]) -> Json:
    """The answer, or the end with what the service said."""
    status, answer = answered
    if status != 200:
        fail(f"the service answered {status}: {detail_of(answer)}")
    told: Json = answer
    return told


def once(
    url: str, key: str | None, call: Callable[[Client], tuple[int, Any]], found: Container[int] = (NOT_FOUND,)
) -> Json:
    """The answer to a single call. Everything else ends the verb: with FOUND where the status is one of `found`."""
    client = Client(url, key)
    try:
        status, answer = call(client)
    except Unreachable as error:
        fail(str(error))
    finally:
        client.close()
    if status == NOT_FOUND and status in found:
        fail(detail_of(answer), FOUND)
    if status != 200:
        fail(f"the service answered {status}: {detail_of(answer)}", FOUND if status in found else USAGE)
    told: Json = answer
    return told


class Asking:
    """Questions to one service."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def get(self, path: str) -> Json:
        return must(self._client.get(path))

    def post(self, path: str, body: object) -> Json:
        return must(self._client.post(path, orjson.dumps(body)))

    def decided(self, ask: Json) -> Json:
        """The record of the decision that an ask (`path`, `body`) leads to; asked again, the same record."""
        return self.get(f"/v1/decisions/{self.post(ask['path'], ask['body'])['decision_id']}")

    def customer(self, customer: Mapping[str, str]) -> Json:
        """The customer of an event or a request."""
        ((kind, name),) = customer.items()
        return self.get(f"/v1/customers/{quote(name, safe='')}" + ("?anonymous=yes" if kind == "anonymous_id" else ""))
