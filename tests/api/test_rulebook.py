"""/v1/rulebook: what is served, what was published, and what is refused with its place."""

import pytest
from flask.testing import FlaskClient

from api.app import create_app
from api.settings import SCOPES, ApiSettings
from authoring.proof import prove_here
from benchmarks.versions import version
from engine.rulebook.bundle import MAX_BUNDLE
from engine.value.tiers import Snapshot
from runtime.api_keys import new_api_key, parse_api_keys
from service.live import Live
from service.publishing import Publishing
from storage.memory import MemoryStore
from tests.support.books import NOW, consent
from tests.support.bound_service import BoundService as Service
from tests.support.publishing import SERVED, app_of


def texts(word: str) -> dict[str, str]:
    return {name: content.decode() for name, content in version(word).items()}


class Served:
    """The API over a service of RED; what is published is swapped when a test says so."""

    def __init__(self, settings: ApiSettings | None = None) -> None:
        self.store = MemoryStore()
        self.live: Live = SERVED
        self.service = Service(self.store, lambda: self.live, lambda: NOW)
        self.client: FlaskClient = app_of(self.service, settings or ApiSettings(), self.store).test_client()

    def publish(self, word: str, **more: object):
        return self.client.post("/v1/rulebook:publish", json={"files": texts(word), **more})


@pytest.fixture
def served() -> Served:
    return Served()


def nothing_stored(served: Served) -> bool:
    return served.store.revisions.head().number == 0 and served.store.revisions.entries() == []


def test_the_rulebook_that_is_served_says_how_it_was_published(served):
    told = served.client.get("/v1/rulebook").json
    assert (told["revision"], told["published"], told["refused"]) == (SERVED.compiled.rulebook.revision, None, None)
    number = served.publish("green", message="why", author="marta").json["number"]
    (publication, *_) = Publishing(served.store.revisions, lambda: SERVED, lambda: NOW, prove_here, dict).history()
    served.live = Live(SERVED.compiled, Snapshot(), publication, "number 9 cannot be used here")
    told = served.client.get("/v1/rulebook").json
    assert (told["published"]["number"], told["published"]["author"]) == (number, "marta")
    assert told["refused"] == "number 9 cannot be used here"


def _advertising() -> dict[str, str]:
    files = {name: text for name, text in texts("green").items() if not name.startswith("tests/")}
    return {name: text.replace('"kind": "service"', '"kind": "marketing"') for name, text in files.items()}


def test_outbound_marketing_is_refused_before_the_first_consent_and_published_after_it(served):
    refused = served.client.post("/v1/rulebook:publish", json={"files": _advertising()})
    assert (refused.status_code, refused.json["type"]) == (409, "urn:patron:problem:no-consents")
    assert nothing_stored(served)
    served.service.handle_event(consent("email"))
    assert served.client.post("/v1/rulebook:publish", json={"files": _advertising()}).status_code == 200


def test_anyway_publishes_outbound_marketing_before_the_first_consent(served):
    assert served.client.post("/v1/rulebook:publish", json={"files": _advertising(), "anyway": True}).status_code == 200


def test_publishing_answers_what_was_done_and_again_that_it_was_done(served):
    first = served.publish("green", message="why", author="marta")
    assert (first.status_code, first.json["status"], first.json["number"]) == (200, "published", 2)
    assert (first.json["tests"], first.json["failed_tests"], first.json["errors"]) == (1, [], 0)
    again = served.publish("green")
    assert (again.status_code, again.json["status"], again.json["number"]) == (200, "unchanged", 2)
    assert again.json["author"] == "marta"


def test_the_history_is_newest_first_and_a_revision_is_found_by_number_and_by_digits(served):
    for word in ("green", "blue"):
        served.publish(word)
    history = served.client.get("/v1/rulebook/revisions").json["revisions"]
    assert [one["number"] for one in history] == [3, 2, 1]
    blue = history[0]["revision"]
    for name in ("3", blue, blue[:15], blue[7:15]):
        told = served.client.get(f"/v1/rulebook/revisions/{name}").json
        assert (told["number"], told["files"]) == (3, texts("blue"))
    assert served.client.get("/v1/rulebook/revisions/9").status_code == 404
    assert served.client.get("/v1/rulebook/revisions/latest").json["errors"][0]["pointer"] == "/revision"


def test_going_back_is_a_publication_of_its_own(served):
    served.publish("green")
    done = served.client.post("/v1/rulebook:rollback", json={"message": "too early"}).json
    assert (done["number"], done["restores"], done["message"]) == (3, 1, "too early")
    assert served.client.post("/v1/rulebook:rollback", json={"to": "77"}).status_code == 404
    assert served.client.post("/v1/rulebook:rollback", json={"to": "x"}).json["errors"][0]["pointer"] == "/to"


def test_checking_tells_all_and_stores_nothing(served):
    files = texts("green") | {"shop.yaml": "name: Green\n", "extra.yaml": "a: 1"}
    told = served.client.post("/v1/rulebook:check", json={"files": files})
    assert told.status_code == 200
    assert {one["file"] for one in told.json["findings"]} >= {"shop.yaml", "extra.yaml"}
    assert (told.json["revision"], told.json["errors"] > 0) == (None, True)
    right = served.client.post("/v1/rulebook:check", json={"files": texts("green")}).json
    assert (right["errors"], right["tests"], right["problem"]) == (0, 1, None)
    assert nothing_stored(served)


def test_a_broken_rulebook_is_refused_with_each_file_as_a_pointer_and_all_findings(served):
    answer = served.client.post(
        "/v1/rulebook:publish", json={"files": texts("green") | {"operation.yaml": "rules: [a"}}
    )
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert answer.json["type"] == "urn:patron:problem:rulebook-refused"
    assert answer.json["detail"] == "the rulebook has 1 error; nothing was published"
    assert answer.json["errors"][0]["pointer"] == "/files/operation.yaml"
    assert answer.json["proof"]["findings"][0]["code"] == "yaml-syntax"
    assert nothing_stored(served)


def test_a_failed_test_refuses_and_says_what_it_got(served):
    files = texts("green")
    files["tests/words.yaml"] = files["tests/words.yaml"].replace("say-green", "none")
    answer = served.client.post("/v1/rulebook:publish", json={"files": files})
    assert answer.status_code == 422
    assert "say-green" in answer.json["proof"]["failed_tests"][0]["failures"][0]["got"]
    assert answer.json["errors"][0]["code"] == "test-failed"
    assert nothing_stored(served)


def test_who_expects_another_rulebook_is_shown_that_somebody_published_in_between(served):
    served.publish("green", author="li")
    answer = served.publish("blue", expects="1")
    assert (answer.status_code, answer.json["type"]) == (409, "urn:patron:problem:published-meanwhile")
    assert "by li" in answer.json["detail"]
    assert served.publish("blue", expects="2").status_code == 200


WRONG_BODIES = {
    "no files": ({}, "/files"),
    "no file at all": ({"files": {}}, "/files"),
    "a list": ({"files": ["a"]}, "/files"),
    "a number as content": ({"files": {"shop.yaml": 5}}, "/files/shop.yaml"),
    "a file outside": ({"files": {"../x.yaml": "a"}}, "/files/..~1x.yaml"),
    "an absolute path": ({"files": {"/etc/passwd": "a"}}, "/files/~1etc~1passwd"),
    "a hidden way out": ({"files": {"actions/../../x.yaml": "a"}}, "/files/actions~1..~1..~1x.yaml"),
    "a backslash": ({"files": {"..\\x.yaml": "a"}}, "/files/..\\x.yaml"),
    "an empty name": ({"files": {"": "a"}}, "/files/"),
    "a line break": ({"files": {"a\nb.yaml": "a"}}, "/files/a\nb.yaml"),
    "too many files": ({"files": {f"{n}.yaml": "" for n in range(1001)}}, "/files"),
    "an unknown key": ({"files": {"shop.yaml": ""}, "force": True}, "/force"),
    "a message that is none": ({"files": {"shop.yaml": ""}, "message": 5}, "/message"),
    "11 MB": ({"files": {f"{n}.yaml": "#" * 999_999 for n in range(11)}}, "/files"),
}


@pytest.mark.parametrize("wrong", WRONG_BODIES)
def test_a_wrong_body_is_refused_with_a_pointer_and_nothing_is_stored(served, wrong):
    body, pointer = WRONG_BODIES[wrong]
    answer = served.client.post("/v1/rulebook:publish", json=body)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert pointer in {error["pointer"] for error in answer.json["errors"]}
    assert nothing_stored(served)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"rules: yes", "application/json", 400),
        (b'{"files": {"shop.yaml": "\xff"}}', "application/json", 400),
        (b'{"files": {"shop.yaml": "\\ud800"}}', "application/json", 400),
        (b'{"files": {"shop.yaml": "a", "shop.yaml": "b"}}', "application/json", 422),
        (b"a", "application/x-yaml", 415),
        (b"[" * 100_000, "application/json", 400),
        (b" " * 50_000_000, "application/json", 413),
    ],
)
def test_what_is_no_rulebook_in_json_is_refused_and_nothing_is_stored(served, body, kind, status):
    answer = served.client.post("/v1/rulebook:publish", data=body, content_type=kind)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert nothing_stored(served)


def test_bombs_and_large_files_are_findings_and_nothing_is_stored(served):
    bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
    files = {"shop.yaml": bomb, "tiers.yaml": "x: " + "y" * 1_000_000, "scenes.yaml": "[" * 5_000, "a.yaml": "\t"}
    answer = served.client.post("/v1/rulebook:publish", json={"files": texts("green") | files})
    assert answer.status_code == 422
    codes = {one["code"] for one in answer.json["proof"]["findings"]}
    assert {"yaml-anchor", "file-too-large", "yaml-too-deep"} <= codes
    assert nothing_stored(served)


def test_a_rulebook_of_the_largest_size_passes_the_door(served):
    share = MAX_BUNDLE // 11
    files = texts("green") | {f"tests/{n}.yaml": "#" * share for n in range(10)}
    assert served.client.post("/v1/rulebook:publish", json={"files": files}).status_code in (200, 422)


def test_an_idempotency_key_publishes_once(served):
    sent = {"json": {"files": texts("green")}, "headers": {"Idempotency-Key": "k-1"}}
    first, again = (served.client.post("/v1/rulebook:publish", **sent) for _ in range(2))
    assert (first.json, again.json["status"]) == (again.json, "published")
    assert again.headers["Idempotent-Replayed"] == "true"


@pytest.fixture(scope="module")
def keys() -> tuple[dict[str, str], ApiSettings]:
    made = {scope: new_api_key(scope, [scope]) for scope in SCOPES}
    entries = parse_api_keys(",".join(entry for _, entry in made.values()))
    return {scope: token for scope, (token, _) in made.items()}, ApiSettings(keys=entries)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("get", "/v1/rulebook", "rules"),
        ("get", "/v1/rulebook/revisions", "rules"),
        ("get", "/v1/rulebook/revisions/1", "rules"),
        ("post", "/v1/rulebook:check", "rules"),
        ("post", "/v1/rulebook:publish", "admin"),
        ("post", "/v1/rulebook:rollback", "admin"),
    ],
)
def test_reading_needs_the_scope_rules_and_publishing_admin(keys, method, path, scope):
    tokens, settings = keys
    client = Served(settings).client
    for name, token in tokens.items():
        answer = client.open(path, method=method, json={}, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code == 403) == (name != scope)


def test_the_key_that_published_stands_in_the_history(keys):
    tokens, settings = keys
    served = Served(settings)
    headers = {"Authorization": f"Bearer {tokens['admin']}"}
    done = served.client.post("/v1/rulebook:publish", json={"files": texts("green")}, headers=headers).json
    assert (done["key"], done["author"]) == ("admin", "admin")


def test_a_service_of_a_folder_says_so():
    store = MemoryStore()
    service = Service(store, lambda: SERVED, lambda: NOW)
    closed = Publishing(store.revisions, service.live, lambda: NOW, prove_here, dict, open=False)
    client = create_app(service, ApiSettings(), closed).test_client()
    for verb, body in (("publish", {"files": texts("green")}), ("rollback", {})):
        answer = client.post(f"/v1/rulebook:{verb}", json=body)
        assert (answer.status_code, answer.json["type"]) == (409, "urn:patron:problem:not-publishing")
    assert client.post("/v1/rulebook:check", json={"files": texts("green")}).status_code == 200
