"""Asking a running service on behalf of somebody who reads along: what it refuses ends the verb."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import orjson

from cli.client import Client, detail_of
from cli.output import fail

Json = Mapping[str, Any]


def must(answered: tuple[int, Any]) -> Json:
    """The answer, or the end with what the service said."""
    status, answer = answered
    if status != 200:
        fail(f"the service answered {status}: {detail_of(answer)}")
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
