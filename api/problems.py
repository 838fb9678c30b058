"""Every error of the API: one shape (RFC 9457 problem details), one handler."""

import traceback
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import orjson
import structlog
from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from engine.domain.errors import (
    Contended,
    InFlight,
    InvalidInput,
    KeyReused,
    NotFound,
    PatronError,
    Problem,
    StateUnavailable,
    UnreadableState,
)
from service.proof import RulebookRefused
from service.publishing import NoConsents, NotPublishing, PublishedMeanwhile

MEDIA_TYPE: Final = "application/problem+json"
MOST_SHOWN: Final = 20
"""Findings of a rulebook; `proof` has all of them."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Document:
    """A problem ready to be answered, or to represent one line of a batch."""

    status: int
    code: str
    detail: str
    errors: tuple[Problem, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "type": f"urn:patron:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "errors": [{"pointer": e.pointer, "code": e.code, "detail": e.message} for e in self.errors],
            **self.more,
        }

    def response(self) -> Response:
        body = orjson.dumps(self.as_json())
        return Response(body, self.status, dict(self.headers), content_type=MEDIA_TYPE)


class BadRequest(PatronError):
    """A request rejected before its JSON is parsed: body, headers, key."""

    def __init__(self, status: int, code: str, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.code = status, code
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def handle(error: Exception) -> Response:
    """The one error handler of the app."""
    return document(error).response()


def document(error: Exception) -> Document:
    """The problem that reports this error to the sender, without internals."""
    if isinstance(error, HTTPException):
        return _http(error)
    if isinstance(error, PatronError):
        return _known(error) or _unexpected(error)
    return _unexpected(error)


def _known(error: PatronError) -> Document | None:
    match error:
        case InvalidInput():
            count = len(error.problems)
            detail = f"{count} problem{'s' if count > 1 else ''}; nothing was stored"
            return Document(422, "invalid-input", detail, error.problems)
        case BadRequest():
            return _whole(error.status, error.code, str(error), error.headers)
        case NotFound():
            return Document(404, "not-found", str(error))
        case KeyReused() | InFlight():
            return _of_key(error)
        case StateUnavailable() | UnreadableState():
            return _of_state(error)
        case _:
            return _of_rulebook(error)


def _of_state(error: StateUnavailable | UnreadableState) -> Document:
    if isinstance(error, UnreadableState):
        return _unreadable(error)
    code = "contended" if isinstance(error, Contended) else "state-unavailable"
    return Document(503, code, str(error), headers={"Retry-After": str(error.retry_after)})


def _unreadable(error: UnreadableState) -> Document:
    """500 without Retry-After: it is no overload, and the same call fails until somebody repairs or erases the data.

    Logged and counted without the customer. `DELETE /v1/customers/{id}` works all the same.
    """
    current_app.extensions["patron"].metrics.unreadable()
    _log.error("unreadable-state", why=str(error), route=_route())
    return Document(500, "unreadable-state", str(error))


def _route() -> str | None:
    return request.url_rule.rule if request.url_rule else None


def _of_key(error: KeyReused | InFlight) -> Document:
    if isinstance(error, KeyReused):
        return _whole(422, "key-reused", str(error))
    return _whole(409, "in-flight", str(error), {"Retry-After": str(error.retry_after)})


_CONFLICTS: Final[Mapping[type[PatronError], str]] = {
    PublishedMeanwhile: "published-meanwhile",
    NotPublishing: "not-publishing",
    NoConsents: "no-consents",
}


def _of_rulebook(error: PatronError) -> Document | None:
    """The findings as `:check` returns them, and in short as pointers."""
    for type_, code in _CONFLICTS.items():
        if isinstance(error, type_):
            return _whole(409, code, str(error))
    if not isinstance(error, RulebookRefused):
        return None
    found = tuple(Problem(f"/files/{escaped(f['file'])}", f["code"], _finding(f)) for f in error.proof.findings)
    failed = tuple(Problem("/files", "test-failed", f"{f['place']}: {f['test']}") for f in error.proof.failed)
    shown = (*found, *failed)[:MOST_SHOWN] or (Problem("/files", "rulebook-refused", str(error)),)
    return Document(422, "rulebook-refused", str(error), shown, more={"proof": error.proof.to_json()})


def _finding(finding: Mapping[str, Any]) -> str:
    return f"line {finding['line']}, column {finding['column']}: {finding['severity']}: {finding['message']}"


def escaped(key: str) -> str:
    """A key as a part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def _whole(status: int, code: str, detail: str, headers: Mapping[str, str] | None = None) -> Document:
    """A problem with the request as a whole: the pointer is the whole of it."""
    return Document(status, code, detail, (Problem("", code, detail),), headers or {})


def _http(error: HTTPException) -> Document:
    if isinstance(error, RequestEntityTooLarge):
        return _whole(413, "too-large", "the body exceeds the limit of this route")
    status = error.code or 500
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    code = HTTPStatus(status).phrase.lower().replace(" ", "-")
    return Document(status, code, error.description or "", headers=kept)


def _unexpected(error: Exception) -> Document:
    """A bug. Logged with its traceback locations; never with its text, which may hold personal data."""
    reference = uuid.uuid4().hex
    places = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)[-8:]]
    _log.error("unexpected_error", reference=reference, error=type(error).__name__, route=_route(), places=places)
    return Document(500, "internal", f"Internal error. Reference: {reference}")
