"""Whatever is sent: a 4xx problem with a pointer, nothing stored, never a 500."""

from io import BytesIO

import orjson
import pytest

from api.settings import ApiSettings
from tests.support.fake_service import NOW
from tests.support.publishing import app_of
from tests.support.requests import event, order, outcome, request

RIGHT = {
    "/v1/events": orjson.dumps(event()),
    "/v1/decisions": orjson.dumps(request()),
    "/v1/outcomes": orjson.dumps(outcome()),
    "/v1/customers/c-1": b'{"first_name": "Mei"}',
    "/v1/events:batch": b"[]",
}
OBJECTS = ["/v1/events", "/v1/decisions", "/v1/customers/c-1"]

NOT_JSON = {
    "nothing": b"",
    "blanks": b" \n ",
    "a word": b"hello",
    "cut off": b'{"id": "e-1", "ty',
    "trailing comma": b'{"id": "e-1",}',
    "two values": b"{} {}",
    "single quotes": b"{'id': 'e-1'}",
    "NaN": b'{"id": NaN}',
    "Infinity": b'{"id": Infinity}',
    "-Infinity": b'{"id": -Infinity}',
    "1e400": b'{"id": 1e400}',
    "400 digits": b'{"id": ' + b"9" * 400 + b"}",
    "5,000 digits": b'{"id": ' + b"9" * 5000 + b"}",
    "not UTF-8": b'{"id": "\xff\xfe"}',
    "UTF-16": '{"id": "e-1"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "half a surrogate pair": b'{"id": "\\ud800"}',
    "a raw control character": b'{"id": "a\x00b"}',
    "10,000 open lists": b"[" * 10_000,
    "10,000 open objects": b'{"a":' * 10_000,
    "1,000 nested lists": b"[" * 1000 + b"]" * 1000,
    "40 nested objects": b'{"a":' * 40 + b"1" + b"}" * 40,
}

WRONG_EVENTS = {
    "/id missing": ("/id", lambda: without("id")),
    "/id a number": ("/id", lambda: event(id=5)),
    "/id true": ("/id", lambda: event(id=True)),
    "/id null": ("/id", lambda: event(id=None)),
    "/id empty": ("/id", lambda: event(id="")),
    "/id of 100,000 characters": ("/id", lambda: event(id="x" * 100_000)),
    "/id with a control character": ("/id", lambda: event(id="a\u0000b")),
    "/id with a newline": ("/id", lambda: event(id="a\nb")),
    "/id with a right-to-left mark": ("/id", lambda: event(id="a\u202eb")),
    "/type missing": ("/type", lambda: without("type")),
    "/type unknown": ("/type", lambda: event(type="ordered")),
    "/type a list": ("/type", lambda: event(type=["visited"])),
    "/type an object": ("/type", lambda: event(type={"visited": 1})),
    "/time missing": ("/time", lambda: without("time")),
    "/time a number": ("/time", lambda: event(time=1_772_355_600)),
    "/time without offset": ("/time", lambda: event(time="2026-03-01T09:00:00")),
    "/time a day": ("/time", lambda: event(time="2026-03-01")),
    "/time a week date": ("/time", lambda: event(time="2026-W09-7T10:00:00+01:00")),
    "/time in year 9999": ("/time", lambda: event(time="9999-12-31T23:59:59-14:00")),
    "/time in year 1": ("/time", lambda: event(time="0001-01-01T00:00:00+14:00")),
    "/time before 1970": ("/time", lambda: event(time="1969-12-31T23:59:59Z")),
    "/time of second 60": ("/time", lambda: event(time="2026-03-01T09:00:60Z")),
    "/time on 30 February": ("/time", lambda: event(time="2026-02-30T09:00:00Z")),
    "/time in Arabic digits": ("/time", lambda: event(time="٢٠٢٦-03-01T09:00:00Z")),
    "/time six minutes ahead": ("/time", lambda: event(time="2026-03-01T09:06:00Z")),
    "/customer missing": ("/customer", lambda: without("customer")),
    "/customer a text": ("/customer", lambda: event(customer="c-1")),
    "/customer a list": ("/customer", lambda: event(customer=[])),
    "/customer nobody": ("/customer", lambda: event(customer={})),
    "/customer of two kinds": ("/customer", lambda: event(customer={"id": "a", "anonymous_id": "b"})),
    "/customer a number": ("/customer", lambda: event(customer={"id": 1})),
    "/properties a list": ("/properties", lambda: event(properties=[])),
    "/properties null": ("/properties", lambda: event(properties=None)),
    "/properties/surfce": ("/properties/surfce", lambda: event(properties={"surfce": "web"})),
    "/decide unknown": ("/decide", lambda: event(decide="inbound")),
    "/decide an empty list": ("/decide", lambda: event(decide=[])),
    "/decide eleven placements": ("/decide", lambda: event(decide=[str(n) for n in range(11)])),
    "/decide twice the same": ("/decide", lambda: event(decide=["a", "a"])),
    "an unknown key": ("/customr", lambda: event(customr={})),
    "a key with slash and tilde": ("/a~1b~0c", lambda: event(**{"a/b~c": 1})),
    "/properties/total missing": ("/properties/total", lambda: order_without("total")),
    "/properties/total between two cents": ("/properties/total", lambda: order(total=60.005)),
    "/properties/total over 64 bits": ("/properties/total", lambda: b'{"total": 99999999999999999999}'),
    "/properties/total too large": ("/properties/total", lambda: order(total=10**14)),
    "/properties/total true": ("/properties/total", lambda: order(total=True)),
    "/properties/total negative": ("/properties/total", lambda: order(total="-1.00")),
    "/properties/total with an exponent": ("/properties/total", lambda: order(total="1e400")),
    "/properties/total not a number": ("/properties/total", lambda: order(total="NaN")),
    "/properties/total of three decimals": ("/properties/total", lambda: order(total="1.234")),
    "/properties/total with underscores": ("/properties/total", lambda: order(total="1_000.00")),
    "/properties/lines an object": ("/properties/lines", lambda: order(lines={})),
    "/properties/lines 5001": ("/properties/lines", lambda: order(lines=[{}] * 5_001)),
    "/properties/lines/0 a text": ("/properties/lines/0", lambda: order(lines=["x"])),
    "/properties/currency": ("/properties/currency", lambda: order(currency="USD")),
    "a lower-case currency": ("/properties/currency", lambda: order(currency="eur")),
}


def without(name: str) -> dict:
    return {key: value for key, value in event().items() if key != name}


def order_without(name: str) -> dict:
    right = order()
    del right["properties"][name]
    return right


def check(answer, pointer: str, status: int) -> None:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    assert pointer in [error["pointer"] for error in answer.json["errors"]]
    assert len(answer.data) < 10_000


@pytest.mark.parametrize("path", RIGHT)
def test_what_is_broken_here_is_right_to_begin_with(post, path):
    assert post(path, RIGHT[path]).status_code == 200


@pytest.mark.parametrize("path", RIGHT)
@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON)
def test_what_is_not_json_is_refused(post, service, path, body):
    check(post(path, body), "", 400)
    assert not service.events + service.requests + service.outcomes


@pytest.mark.parametrize(("pointer", "make"), WRONG_EVENTS.values(), ids=WRONG_EVENTS)
def test_a_wrong_event_is_refused_where_it_is_wrong(post, service, pointer, make):
    body = make()
    if isinstance(body, bytes):
        body = orjson.dumps(order()).replace(b'"total":"60.00"', body[1:-1])
    check(post("/v1/events", body), pointer, 422)
    assert service.events == []


@pytest.mark.parametrize(
    ("why", "wrong"),
    [
        ("/channel: must be a text, not a number", {"channel": 1}),
        ("/properties/surface: must be a text, not a list", {"properties": {"surface": [[[[1]]]]}}),
    ],
)
def test_a_wrong_value_that_the_event_can_do_without_is_left_out(post, service, why, wrong):
    assert post("/v1/events", event(**wrong)).status_code == 200
    (stored,) = service.events
    assert stored.warnings == (f"{why}; left out",)


@pytest.mark.parametrize("path", OBJECTS)
@pytest.mark.parametrize("body", [b"[]", b"[{}]", b"null", b"true", b"1", b"1.5", b'"text"'])
def test_another_value_where_an_object_goes_is_refused(post, path, body):
    check(post(path, body), "", 422)


@pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"x"', b"[[]]", b"[null]"])
def test_outcomes_that_are_none_are_refused(post, body):
    assert post("/v1/outcomes", body).status_code == 422


def test_the_place_of_a_syntax_error_is_named(post):
    assert "line 2, column 3" in post("/v1/events", b'{"id":\n 1,}').json["detail"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"id": "e-1", "id": "e-2"}', "/id"),
        (b'{"id": "a \\" b", "customer": {"id": "1", "id": "1"}}', "/customer/id"),
        (b'{"properties": {"lines": [{}, {"a/b": 1, "a/b": {"c": "d"}}]}}', "/properties/lines/1/a~1b"),
        (b'{"a": "\\\\", "b": "\\\\", "c": 1, "c": 2}', "/c"),
        (b'{"\\u0061": 1, "a": 2}', "/a"),
    ],
)
def test_a_key_that_stands_twice_in_an_object_is_refused(post, body, pointer):
    check(post("/v1/events", body), pointer, 422)


@pytest.mark.parametrize("text", ['quotes " inside', "back\\slash\\", '\\"', "你好", '{"id": 1}'])
def test_quotes_and_backslashes_in_texts_are_no_keys(post, service, text):
    assert post("/v1/events", event(type="searched", properties={"query": text})).status_code == 200
    assert service.events[0].properties["query"] == text


def test_everything_that_is_wrong_is_said_at_once(post):
    body = order(total="x", lines=[{"line_id": "1", "amount": "y"}, {"line_id": "2"}]) | {"time": "z", "idd": 1}
    pointers = {error["pointer"] for error in post("/v1/events", body).json["errors"]}
    assert pointers == {
        "/time",
        "/idd",
        "/properties/total",
        "/properties/lines/0/amount",
        "/properties/lines/1/amount",
    }


def test_ten_thousand_mistakes_make_a_short_answer(post):
    check(post("/v1/events", event(**{f"key-{n}": n for n in range(10_000)})), "/key-0", 422)


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_another_content_type_is_refused(post, kind):
    answer = post("/v1/events", event(), kind)
    check(answer, "", 415)
    assert answer.headers["Accept"] == "application/json"


def test_a_charset_may_be_named(post):
    assert post("/v1/events", event(), "application/json; charset=utf-8").status_code == 200


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate"])
def test_a_compressed_body_is_refused(post, encoding):
    check(post("/v1/events", event(), headers={"Content-Encoding": encoding}), "", 415)


def test_a_body_over_the_limit_is_refused(post, service):
    check(post("/v1/events", b" " * (256 * 1024) + orjson.dumps(event())), "", 413)
    assert service.events == []


def in_chunks(client, path: str, body: bytes, kind: str = "application/json"):
    """As gunicorn hands it on: no length is known, the stream ends by itself."""
    return client.post(
        path,
        input_stream=BytesIO(body),
        headers={"Transfer-Encoding": "chunked", "Content-Type": kind},
        environ_overrides={"wsgi.input_terminated": True},
    )


def test_a_body_in_chunks_is_read(client):
    assert in_chunks(client, "/v1/events", orjson.dumps(event())).status_code == 200


def test_a_body_in_chunks_is_held_to_the_same_limit(client):
    check(in_chunks(client, "/v1/events", b" " * 256 * 1024 + orjson.dumps(event())), "", 413)


def test_a_batch_in_chunks_is_never_cut_short_silently(service):
    line = orjson.dumps(event(decide="none")) + b"\n"
    client = app_of(service, ApiSettings(clock=lambda: NOW, max_batch_body=len(line) * 3)).test_client()
    check(in_chunks(client, "/v1/events:batch", line * 4, "application/x-ndjson"), "", 413)
    assert service.events == []
    assert in_chunks(client, "/v1/events:batch", line * 3, "application/x-ndjson").json["stored"] == 3
