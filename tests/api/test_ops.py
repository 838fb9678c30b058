"""Health, metrics, the description of the API, and what every answer carries."""

import re
import subprocess
import sys

import pytest
from openapi_spec_validator import validate
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from api.app import drain
from engine.domain.errors import UnreadableState
from tests.support.requests import event


def test_a_living_process_says_so_whatever_the_store_does(client, service):
    service.ready = False
    assert client.get("/livez").json == {"status": "alive"}


def test_a_ready_process_says_no_more_than_that(client):
    assert client.get("/readyz").json == {"status": "ready"}


def test_readyz_names_matcher_rulebook_snapshot_and_store_on_request(client):
    assert {"matcher", "rulebook", "snapshot", "store"} <= set(client.get("/readyz?verbose").json)


def test_a_process_that_cannot_decide_is_not_ready(client, service):
    service.ready = False
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "not ready"})


def test_an_unreadable_profile_is_a_500_without_retry_after_counted_and_logged_without_the_customer(
    client, post, service
):
    service.fails = UnreadableState("the stored profile is damaged")
    with capture_logs() as logs:
        answer = post("/v1/events", event(customer={"id": "c-secret"}))
    assert (answer.status_code, "Retry-After" in answer.headers) == (500, False)
    assert answer.json["type"] == "urn:patron:problem:unreadable-state"
    assert answer.json["detail"] == "the stored profile is damaged"
    (line,) = [line for line in logs if line["event"] == "unreadable-state"]
    assert (line["route"], "c-secret" in str(line)) == ("/v1/events", False)
    service.fails = None
    assert client.get("/readyz?verbose").json["unreadable"] == 1
    assert figures(client)["patron_unreadable_profiles_total",] == 1


def test_a_process_about_to_stop_is_not_ready_and_still_serves(app, client, post):
    drain(app)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "draining"})
    assert post("/v1/events", event()).status_code == 200


def figures(client) -> dict[tuple[str, ...], float]:
    text = client.get("/metrics").text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_count_requests_decisions_recommendations_and_rejections(client, post):
    post("/v1/events", event())
    post("/v1/events", event(type="nonsense"))
    counted = figures(client)
    assert counted["patron_requests_total", "/v1/events", "200"] == 1
    assert counted["patron_requests_total", "/v1/events", "422"] == 1
    assert counted["patron_request_seconds_count", "/v1/events"] == 2
    assert counted["patron_decisions_total", "visited"] == 1
    assert counted["patron_recommendations_total", "quiet-check-in"] == 1
    assert counted["patron_rejections_total", "NO_CONSENT"] == 1


def test_a_route_is_counted_under_its_pattern_so_that_ids_make_no_labels(client):
    client.get("/v1/customers/somebody")
    client.get("/nowhere")
    counted = figures(client)
    assert counted["patron_requests_total", "/v1/customers/<text:customer_id>", "404"] == 1
    assert counted["patron_requests_total", "unknown", "404"] == 1


def test_a_dry_run_is_not_counted_as_a_decision(client, post):
    post("/v1/decisions", {"request_id": "q", "customer": {"id": "c"}, "dry_run": True})
    assert ("patron_decisions_total", "requested") not in figures(client)


def test_workers_that_share_a_folder_show_their_figures_together(tmp_path):
    code = """
import sys
from api.settings import ApiSettings
from tests.support.fake_service import FakeService
from tests.support.publishing import app_of
client = app_of(FakeService(), ApiSettings()).test_client()
client.get("/livez")
print(client.get("/metrics").text)
"""
    run = [sys.executable, "-c", code]
    env = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": "."}
    subprocess.run(run, env=env, check=True, capture_output=True)
    shown = subprocess.run(run, env=env, check=True, capture_output=True, text=True).stdout
    assert 'patron_requests_total{route="/livez",status="200"} 2.0' in shown


def test_the_description_is_valid_openapi_3_1(client):
    document = client.get("/openapi.json").json
    assert document["openapi"] == "3.1.0"
    validate(document)


def test_every_route_is_described_and_every_description_is_a_route(app, client):
    routes = set()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<text:(customer|decision)_id>", "{id}", rule.rule).replace("<revision>", "{revision}")
        path = path.replace("<service>", "{service}")
        routes |= {(path, method.lower()) for method in rule.methods - {"HEAD", "OPTIONS"}}
    described = {(p, m) for p, methods in client.get("/openapi.json").json["paths"].items() for m in methods}
    assert routes - described == {("/docs/<any('docs.js', 'docs.css'):name>", "get")}
    assert described <= routes


def test_the_description_names_the_scope_that_each_route_needs(app, client):
    paths = client.get("/openapi.json").json["paths"]
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<text:customer_id>", "{id}").replace("<text:decision_id>", "{id}")
        scope = getattr(app.view_functions[rule.endpoint], "scope", None)
        for method in rule.methods - {"HEAD", "OPTIONS"} if path in paths else ():
            assert paths[path][method.lower()]["security"] == ([{"key": [scope]}] if scope else [])


def test_the_docs_need_nothing_from_elsewhere(client):
    page = client.get("/docs")
    assert page.mimetype == "text/html"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    for part in (page.text, client.get("/docs/docs.js").text, client.get("/docs/docs.css").text):
        assert "http://" not in part
        assert "https://" not in part
    assert "onclick" not in page.text
    assert "<style" not in page.text


@pytest.mark.parametrize("path", ["/livez", "/nowhere", "/docs", "/v1/rulebook"])
def test_no_answer_is_stored_on_the_way_or_guessed_at(client, path):
    answer = client.get(path)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_unknown_route_is_a_problem(client):
    answer = client.get("/v2/events")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_a_wrong_method_names_the_right_ones(client):
    answer = client.get("/v1/events")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_mistake_of_ours_tells_the_sender_and_the_log_nothing_personal(post, service, capsys):
    service.fails = RuntimeError("mei@example.org")
    answer = post("/v1/events", event(customer={"id": "mei@example.org"}))
    logged = capsys.readouterr().out
    assert (answer.status_code, answer.json["title"]) == (500, "Internal Server Error")
    reference = answer.json["detail"].rpartition(" ")[2]
    assert reference in logged
    assert "RuntimeError" in logged
    assert "mei@" not in answer.text + logged
