"""A small HTTP client for commands that call a running service: one kept connection, bounded retries."""

import http.client
import time
from collections.abc import Callable, Container, Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

import click
import orjson

from cli.output import FOUND, USAGE, fail

ATTEMPTS: Final = 8
FIRST_ATTEMPTS: Final = 5
"""For a service that has not answered yet: about 4 s, enough for one that is just starting."""
LONGEST_WAIT: Final = 30.0
TIMEOUT: Final = 120.0
NOT_OURS: Final = "not as Patron does. Does another program listen there?"

url_option = click.option(
    "--url", default="http://127.0.0.1:8080", show_default=True, help="Base URL of the running service."
)
key_option = click.option("--key", envvar="PATRON_API_KEY", show_envvar=True, help="API key.")


class Unreachable(Exception):
    """The service does not answer, or keeps answering 503; the text is a message for the user."""


class Client:
    """Sends and receives JSON. `wait` is called with the seconds between two attempts."""

    def __init__(self, url: str, key: str | None = None, wait: Callable[[float], None] = time.sleep) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            fail(f"{url!r}: {error}")
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            fail(f"{url!r} is not a base URL; write one such as http://127.0.0.1:8080")
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._url = url
        self._connection = kind(parts.hostname, port, timeout=TIMEOUT)
        self._prefix = parts.path.rstrip("/")
        self._headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self._wait = wait
        self._met = False

    def close(self) -> None:
        self._connection.close()

    def get(self, path: str) -> tuple[int, Any]:
        """Status and parsed answer, with the retries of `post`."""
        return self._send("GET", path, None, self._headers)

    def post(self, path: str, body: bytes, content_type: str = "application/json") -> tuple[int, Any]:
        """Status and parsed answer. A lost connection or a 503 is retried: the request must be idempotent.

        Unreachable when it still fails after `ATTEMPTS` attempts, or `FIRST_ATTEMPTS` where nothing ever answered.
        """
        return self._send("POST", path, body, {**self._headers, "Content-Type": content_type})

    def delete(self, path: str) -> tuple[int, Any]:
        """Status and parsed answer, with the retries of `post`."""
        return self._send("DELETE", path, None, self._headers)

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, Any]:
        attempt, said = 0, ""
        while True:
            attempt += 1
            wait = min(0.125 * 2**attempt, LONGEST_WAIT)
            try:
                self._connection.request(method, self._prefix + path, body, headers)
                response = self._connection.getresponse()
                data = response.read()
            except (OSError, http.client.HTTPException) as error:
                self._connection.close()
                said = getattr(error, "strerror", None) or str(error) or type(error).__name__
            else:
                self._met = True
                answer = _parsed(data)
                if response.status == http.client.OK and not isinstance(answer, dict):
                    raise Unreachable(f"{self._url} answers, but {NOT_OURS}")
                if response.status != http.client.SERVICE_UNAVAILABLE:
                    return response.status, answer
                said = f"503 {detail_of(answer)}"
                wait = _retry_after(response.headers.get("Retry-After"), wait)
            if not self._met and attempt == FIRST_ATTEMPTS:
                raise Unreachable(
                    f"no service answers at {self._url} ({said}). Start one with `patron serve`, or name it with --url"
                )
            if attempt == ATTEMPTS:
                raise Unreachable(f"the service at {self._url} is unavailable: {said} ({ATTEMPTS} attempts)")
            self._wait(wait)


def _retry_after(header: str | None, default: float) -> float:
    """Seconds; the service sends no dates."""
    return min(float(header), LONGEST_WAIT) if header and header.isascii() and header.isdigit() else default


def _parsed(data: bytes) -> Any:
    """None for anything but JSON: it is not the service that answered."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None


def detail_of(answer: Any) -> str:
    """The sentence of a problem document, with its pointers."""
    if not isinstance(answer, dict):
        return NOT_OURS
    errors = "; ".join(f"{e.get('pointer') or '/'} {e.get('detail', '')}" for e in answer.get("errors", ()))
    return errors or str(answer.get("detail", answer.get("title", "")))


# ---- Calls that end the command when they are refused ----


Json = Mapping[str, Any]
SUCCESS: Final = (200, 204)
NOT_FOUND: Final = 404
REFUSALS: Final = range(400, 600)
"""For commands to which any refusal is a result."""


def must(answered: tuple[int, Any]) -> Json:
    """The answer to a call that succeeded; any other ends the command with the service's message."""
    status, answer = answered
    if status != 200:
        fail(f"the service answered {status}: {detail_of(answer)}")
    told: Json = answer
    return told


def once(
    url: str, key: str | None, call: Callable[[Client], tuple[int, Any]], found: Container[int] = (NOT_FOUND,)
) -> Json:
    """The answer to a single call; a refusal ends the command, with FOUND where its status is one of `found`."""
    client = Client(url, key)
    try:
        status, answer = call(client)
    except Unreachable as error:
        fail(str(error))
    finally:
        client.close()
    if status == NOT_FOUND and status in found:
        fail(detail_of(answer), FOUND)
    if status not in SUCCESS:
        fail(f"the service answered {status}: {detail_of(answer)}", FOUND if status in found else USAGE)
    told: Json = answer
    return told


class Asking:
    """Calls of one service."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def get(self, path: str) -> Json:
        return must(self._client.get(path))

    def post(self, path: str, body: object) -> Json:
        return must(self._client.post(path, orjson.dumps(body)))

    def decided(self, ask: Json) -> Json:
        """The record of the decision that a request (`path`, `body`) leads to; repeated, the same record."""
        return self.get(f"/v1/decisions/{self.post(ask['path'], ask['body'])['decision_id']}")

    def customer(self, customer: Mapping[str, str]) -> Json:
        """The customer of an event or a request."""
        ((kind, name),) = customer.items()
        return self.get(f"/v1/customers/{quote(name, safe='')}" + ("?anonymous=yes" if kind == "anonymous_id" else ""))
