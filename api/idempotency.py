"""The header Idempotency-Key (an IETF draft): requests without an id are executed once, however often sent."""

import re
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from flask import Response, request

from api import bodies, problems
from engine.domain.errors import InvalidInput, Problem
from service.answers import Answer, Answers, Call

REPLAYED: Final = "Idempotent-Replayed"
_KEY: Final = re.compile(r"[\x20-\x7e]{1,200}")


def once(answers: Answers, caller: str, limit: int, view: Callable[[], Response]) -> Response:
    """The view's answer, or its earlier answer to this key. `limit`: maximum bytes of a body.

    422 for an invalid key, and for a key sent with another request; 409 while the first is in progress.
    """
    answer = answers.once(Call(caller, _key(), _digest(limit)), lambda: _carried_out(view))
    headers = {REPLAYED: "true"} if answer.replayed else None
    return Response(answer.body, answer.status, headers, content_type=answer.content_type)


def _key() -> str:
    key: str = request.environ["HTTP_IDEMPOTENCY_KEY"]
    if not _KEY.fullmatch(key):
        detail = "the header Idempotency-Key must have 1 to 200 printable ASCII characters"
        raise InvalidInput((Problem("", "idempotency-key", detail),))
    return key


def _digest(limit: int) -> str:
    """The identity of a request: method, path with its query, content type, body."""
    parts = (request.method, request.full_path, request.content_type or "")
    digest = sha256("\0".join(parts).encode())
    digest.update(b"\0" + bodies.whole(limit, keep=True))
    return digest.hexdigest()


def _carried_out(view: Callable[[], Response]) -> Answer:
    try:
        response = view()
    except Exception as error:  # a refusal is an answer, too, and is repeated as such
        response = problems.handle(error)
    return Answer(response.status_code, response.content_type, response.get_data())
