"""/openapi.json without a request, for tests that need it while pytest collects them."""

from functools import cache
from typing import Any

from api import openapi
from api.settings import ApiSettings
from tests.support.fake_service import FakeService
from tests.support.publishing import app_of


@cache
def describe() -> dict[str, Any]:
    """The description of an app over the fake service."""
    return openapi.describe(app_of(FakeService(), ApiSettings()))
