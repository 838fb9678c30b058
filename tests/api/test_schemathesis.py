"""Requests drawn from /openapi.json, right and wrong ones: no 500, and every answer as it is described."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.support.description import describe

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


CASES = [
    (path, method, mode)
    for path, methods in describe()["paths"].items()
    for method, operation in methods.items()
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    # nothing can be wrong with a request that says nothing
    if mode is GenerationMode.POSITIVE or operation.get("parameters") or "requestBody" in operation
]


@pytest.mark.parametrize(("path", "method", "mode"), CASES)
def test_every_answer_is_as_described(real_app, path, method, mode):
    operation = schemathesis.openapi.from_wsgi("/openapi.json", real_app)[path][method]

    @settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode))
    def holds(case):
        case.call_and_validate(checks=CHECKS)

    holds()
