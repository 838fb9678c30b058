"""The API in process. `app` over the fake service for what is the API's own; `real_app` over the real one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.settings import ApiSettings
from engine.compiled.rulebook import Compiled
from engine.value.tiers import Snapshot
from runtime.bootstrap import compiled
from service.live import Live
from storage.memory import MemoryStore
from tests.support.bound_service import BoundService as Service
from tests.support.fake_service import NOW, FakeService
from tests.support.publishing import app_of

ROOT = Path(__file__).resolve().parents[2]

Post = Callable[..., TestResponse]


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def settings() -> ApiSettings:
    return ApiSettings(clock=lambda: NOW)


@pytest.fixture
def app(service: FakeService, settings: ApiSettings) -> Flask:
    return app_of(service, settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def post(client: FlaskClient) -> Post:
    """Posts a value as JSON, or bytes as they are."""

    def send(path: str, body: object, kind: str = "application/json", **more: Any) -> TestResponse:
        data = body if isinstance(body, bytes) else orjson.dumps(body)
        return client.post(path, data=data, content_type=kind, **more)

    return send


@pytest.fixture(scope="session")
def shipped() -> Compiled:
    """The rulebook of this repository, on the reference matcher."""
    return compiled(ROOT / "rules", "reference")


@pytest.fixture
def real_app(shipped: Compiled, settings: ApiSettings) -> Flask:
    """The API over the real service, on the memory store."""
    live = Live(shipped, Snapshot())
    return app_of(Service(MemoryStore(), lambda: live, lambda: NOW), settings)
