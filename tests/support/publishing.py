"""Publishing for tests: on a store in memory, tried in this process."""

from flask import Flask

from api.app import create_app
from api.facade import Facade
from api.settings import ApiSettings
from engine.ports import Clock, Store
from runtime.proof import prove_here
from service.publishing import Publishing
from storage.memory import MemoryStore
from tests.support.books import NOW


def publishing_for(service: Facade, store: Store | None = None, clock: Clock = lambda: NOW) -> Publishing:
    """What publishes for a service; its rules are not swapped by that."""
    return Publishing((store or MemoryStore()).revisions, service.live, clock, prove_here)


def app_of(service: Facade, settings: ApiSettings, store: Store | None = None) -> Flask:
    """The API over this service."""
    return create_app(service, settings, publishing_for(service, store))
