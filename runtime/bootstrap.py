"""The composition root: settings, store, rulebook, matcher, service, API."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import structlog
from flask import Flask

from api.app import create_app
from api.metrics import Metrics
from api.settings import ApiSettings
from engine.compiled.rulebook import Compiled, prepare
from engine.domain.errors import StateUnavailable
from engine.domain.profile.codec import FORMAT
from engine.domain.times import SECOND
from engine.rulebook.bundle import Bundle
from engine.rulebook.model import Rulebook
from engine.value.tiers import Snapshot
from runtime import embedded, logs, matchers, version
from runtime.current import Current, keep_fresh
from runtime.feedback_tables import feedback_tables
from runtime.proving import Prover
from runtime.rule_folder import read_bundle
from runtime.rules import Rules, first_rules, rulebook_of
from runtime.settings import FROM_FOLDER, Settings
from runtime.upgrade import raise_format
from runtime.worker import LEASE_MS, Share, Worker, worker_name
from service.feedback.table import Tables
from service.live import NEWEST, Live
from service.ports import UNNAMED, Store
from service.publishing import Publishing
from service.service import Service
from storage.connection import Connection, open_connection
from storage.leases import Leases
from storage.processes import Process, Processes
from storage.redis import connect

log = structlog.get_logger()
EMBEDDED_TIMEOUT_S: Final = 5.0
"""No requests are served yet, so a large store may take its time."""

_read: dict[Path, Rules] = {}
"""The result of `read_rules`: gunicorn's master reads, and its forked workers find it here."""
_tables: dict[Path | None, Tables] = {}
"""The result of `read_tables`, in the same way."""


def now_ms() -> int:
    """The clock of a running service."""
    return time.time_ns() // 1_000_000


def compiled(folder: Path, matcher: str = "auto") -> Compiled:
    """The rulebook of a folder, ready to decide. RulebookError with all findings when it does not load."""
    return ready(rulebook_of(read_bundle(folder)), matcher)


def read_rules(settings: Settings, store: Store | None = None) -> Rules:
    """Read the rulebook that this process and its forks serve. RulebookError, and the one before stays, if it is wrong.

    So all workers serve the same rules, and a replaced one starts even while somebody edits a file.
    """
    store = store or open_store(settings)
    with suppress(StateUnavailable):  # then the store is not new to later processes
        store.begin_format(NEWEST)
    _read[settings.rules] = first_rules(settings, store, _read.get(settings.rules))
    return _read[settings.rules]


def read_tables(settings: Settings) -> Tables:
    """Read the feedback tables of this process and its forks. WrongTables, and those before stay, if one is wrong."""
    _tables[settings.feedback_tables] = feedback_tables(settings.feedback_tables)
    return _tables[settings.feedback_tables]


def _compiled_files(files: Bundle, matcher: str) -> Compiled:
    return ready(rulebook_of(files, stored=True), matcher)


def ready(book: Rulebook, matcher: str) -> Compiled:
    """`matcher`: auto or reference."""
    return prepare(book, matchers.choose(book, matcher))


def open_store(settings: Settings) -> Store:
    if settings.redis_url is None:
        raise RuntimeError("no store: REDIS_URL is unset and no embedded server was started")
    return connect(
        settings.redis_url,
        timeout_s=settings.store_timeout_ms / SECOND,
        record_days=settings.record_days,
        brief_record_days=settings.brief_record_days,
        revisions_kept=settings.revisions_kept,
    )


def store_connection(settings: Settings) -> Connection:
    """A store connection for what the port does not cover: leases, processes."""
    if settings.redis_url is None:
        raise RuntimeError("no store: REDIS_URL is unset and no embedded server was started")
    return open_connection(settings.redis_url, settings.store_timeout_ms / SECOND)


def _reporter(settings: Settings) -> Callable[[], None]:
    """The reporter that makes this process known to `patron upgrade`."""
    own = Process(worker_name(), version.installed() or "from-sources", FORMAT)
    return Processes(store_connection(settings), own).report


@dataclass(frozen=True, slots=True)
class Parts:
    """A service, what keeps it current, and what publishes rulebooks for it."""

    service: Service
    current: Current
    publishing: Publishing


def make_service(settings: Settings, store: Store) -> Parts:
    rules = _read.get(settings.rules) or read_rules(settings, store)
    ready_book = ready(rules.book, settings.matcher)
    first = Live(ready_book, Snapshot(), rules.publication, files=rules.files, named=UNNAMED)
    follows = settings.rules_from != FROM_FOLDER
    make = partial(_compiled_files, matcher=settings.matcher) if follows else None
    current = Current(first, store, now_ms, settings.snapshot_seconds, make)
    prove = Prover(probes=settings.matcher != "reference")
    publishing = Publishing(store.revisions, current, now_ms, prove, store.histogram, open=follows)
    try:
        current.refresh()
    except StateUnavailable as error:
        log.warning("store-unavailable-at-start", store=str(error))
    return Parts(Service(store, current, now_ms, settings.anonymous_days), current, publishing)


def make_app() -> Flask:
    """The WSGI application of one worker process; called after fork."""
    settings = Settings.from_environment()
    logs.configure(settings.log_level)
    parts = make_service(settings, open_store(settings))
    keep_fresh(parts.current, settings.poll_ms, _reporter(settings))
    ahead = settings.clock_ahead_seconds * SECOND
    tables = _tables.get(settings.feedback_tables) or read_tables(settings)
    return create_app(parts.service, ApiSettings(settings.api_keys, ahead=ahead, feedback=tables), parts.publishing)


def make_worker(settings: Settings) -> Worker:
    """A worker on the store that REDIS_URL names; it keeps its snapshot fresh. StateUnavailable when nobody answers."""
    logs.configure(settings.log_level)
    store = open_store(settings)
    store.ping()
    parts = make_service(settings, store)
    keep_fresh(parts.current, settings.poll_ms, _reporter(settings))
    leases = Leases(store_connection(settings), worker_name(), LEASE_MS)
    share = Share(parts.service, store, leases, Metrics(), now_ms)
    return Worker(share, parts.current, settings.poll_ms / SECOND)


def start_embedded_if_needed(settings: Settings) -> embedded.Embedded | None:
    """Without REDIS_URL: start the embedded server, and set REDIS_URL for the workers. Call it before fork.

    EmbeddedError when it cannot run here.
    """
    if settings.redis_url is not None:
        return None
    try:
        server = embedded.start(settings.data)
    except OSError as error:
        why = f"{error.strerror}; choose another folder with PATRON_DATA, or set REDIS_URL"
        raise embedded.EmbeddedError(f"the store's data cannot be written to {settings.data}: {why}") from None
    os.environ["REDIS_URL"] = server.url
    _upgrade(connect(server.url, timeout_s=EMBEDDED_TIMEOUT_S))
    return server


def _upgrade(store: Store) -> None:
    """Nobody else uses the embedded store yet, so it takes the newest format at once."""
    named = store.begin_format(NEWEST)
    if named.number < NEWEST.number:
        customers = sum(raise_format(store))
        log.info("store-upgraded", format=NEWEST.number, before=named.number, customers=customers)


def choose_matcher(settings: Settings, rules: Rules) -> str | None:
    """Try the first rulebook in a child process; where durable_rules fails on it, workers use the reference matcher.

    A folder is checked as well, which a published rulebook was before: PatronError when it has errors. Returns what to
    print for the operator, or None.
    """
    durable, unchecked = settings.matcher != "reference", rules.publication is None
    problem = matchers.tried(rules.files, durable=durable, check=unchecked) if durable or unchecked else None
    if problem is not None:
        os.environ["PATRON_MATCHER"] = "reference"
    return problem
