"""Request bodies: bytes within a limit to JSON values. Ambiguities of JSON are errors: see `parse`."""

import json
from collections.abc import Iterator
from typing import Any, Final

import orjson
from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from api.problems import BadRequest, escaped
from engine.domain.errors import InvalidInput, Problem

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
MAX_DEPTH: Final = 32


def read_json(limit: int) -> Any:
    """The body as JSON. 415 for another content type, 413 over `limit` bytes, 400 when it is not JSON."""
    body = read(limit, (JSON,))
    return parse(body)


def read(limit: int, types: tuple[str, ...]) -> bytes:
    """The bytes of a body of one of these content types, sent with a length or in chunks."""
    if request.environ.get("CONTENT_TYPE") not in types and request.mimetype not in types:
        raise BadRequest(415, "unsupported-media-type", f"send {' or '.join(types)}", Accept=", ".join(types))
    if request.environ.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise BadRequest(415, "unsupported-encoding", "send the body uncompressed", Accept_Encoding="identity")
    return whole(limit)


def yes_or_no(name: str, *, default: bool) -> bool:
    """A query parameter. InvalidInput for anything but yes and no."""
    value = request.args.get(name)
    if value not in (None, "yes", "no"):
        raise InvalidInput((Problem(f"/{name}", "choice", 'must be "yes" or "no"'),))
    return default if value is None else value == "yes"


def whole(limit: int, *, keep: bool = False) -> bytes:
    """All bytes of the body. `keep`: it will be read once more. 413 over `limit` bytes."""
    # One byte more: werkzeug truncates a chunked body at its limit, without an error.
    request.max_content_length = limit + 1
    body = request.get_data(cache=keep)
    if len(body) > limit:
        raise RequestEntityTooLarge
    return body


def parse(body: bytes) -> Any:
    """JSON without its ambiguities: no NaN, no infinity, no key twice in an object, at most `MAX_DEPTH` levels.

    BadRequest (400) with line and column when it is not JSON; InvalidInput (422) with a pointer for a key twice.
    """
    if not body.strip():
        raise BadRequest(400, "malformed-json", "the body is empty; send JSON")
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        detail = f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        raise BadRequest(400, "malformed-json", detail) from None
    strings = _strings(value)
    if b'\\"' in body or body.count(b'"') != 2 * strings:
        _refuse_repeated_keys(body)
    return value


def _strings(value: Any, depth: int = 0) -> int:
    """How many strings, keys included, the text of this value has: two quotes each.

    A duplicate key is only once in the value; so a matching count proves that there was none, without a second
    parse. (With quotes inside strings it does not match, and the second parse decides.)
    """
    if depth > MAX_DEPTH:
        raise BadRequest(400, "malformed-json", f"nested more than {MAX_DEPTH} levels deep")
    count = 0
    if type(value) is dict:
        count, value = len(value), value.values()
    elif type(value) is not list:
        return int(type(value) is str)
    for item in value:
        kind = type(item)
        if kind is str:
            count += 1
        elif kind is dict or kind is list:
            count += _strings(item, depth + 1)
    return count


class _Repeated:
    """Replaces an object that had a duplicate key."""

    def __init__(self, key: str) -> None:
        self.key = key


def _object(pairs: list[tuple[str, Any]]) -> Any:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key in seen:
            return _Repeated(key)
        seen[key] = value
    return seen


def _refuse_repeated_keys(body: bytes) -> None:
    found = next(_repeated(json.loads(body, object_pairs_hook=_object), ""), None)
    if found is not None:
        raise InvalidInput((Problem(found, "repeated", "stands here twice in one object"),))


def _repeated(value: Any, pointer: str) -> Iterator[str]:
    if isinstance(value, _Repeated):
        yield f"{pointer}/{escaped(value.key[:60])}"
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _repeated(item, f"{pointer}/{escaped(key[:60])}")
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _repeated(item, f"{pointer}/{place}")
