"""Publishing for tests: on a store in memory, tried in this process."""

from flask import Flask

from api.app import create_app
from api.settings import ApiSettings
from authoring.proof import prove_here
from benchmarks.versions import version
from engine.compiled.rulebook import prepare
from engine.rulebook.bundle import Bundle
from engine.rulebook.reference import ReferenceMatcher
from engine.value.tiers import Snapshot
from runtime.rules import rulebook_of
from service.live import Live
from service.ports import Clock, Store
from service.publishing import Publishing
from service.service import Service
from storage.memory import MemoryStore
from tests.support.books import NOW

RED, GREEN, BLUE = version("red"), version("green"), version("blue")


def live_of(files: Bundle) -> Live:
    """These files, served from a folder."""
    book = rulebook_of(files)
    return Live(prepare(book, ReferenceMatcher(book)), Snapshot(), files=files)


SERVED = live_of(RED)


def publishing_for(service: Service, store: Store | None = None, clock: Clock = lambda: NOW) -> Publishing:
    """What publishes for a service; its rules are not swapped by that."""
    store = store or MemoryStore()
    return Publishing(store.revisions, service.live, clock, prove_here, store.histogram)


def app_of(service: Service, settings: ApiSettings, store: Store | None = None) -> Flask:
    """The API over this service."""
    return create_app(service, settings, publishing_for(service, store))
