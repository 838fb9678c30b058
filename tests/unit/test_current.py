"""What a process serves: swapped when another rulebook is published, kept when that one cannot be used."""

from collections.abc import Mapping

import pytest
from structlog.testing import capture_logs

from benchmarks.versions import version
from engine.compiled.rulebook import Compiled, prepare
from engine.decisioning.controls import NO_CONTROLS, Controls, Pause, Target
from engine.domain.times import DAY, HOUR, SECOND
from engine.rulebook.bundle import Bundle, digest_of
from engine.rulebook.reference import ReferenceMatcher
from engine.value.tiers import Snapshot
from runtime.current import Current, keep_fresh
from runtime.rules import rulebook_of
from service import publications
from service.live import Live
from service.ports import Commit, News
from service.publications import Publication
from storage.memory import MemoryStore
from tests.support.books import NOW, order
from tests.support.bound_service import BoundService as Service
from tests.support.processes import eventually

RED, GREEN = version("red"), version("green")
OTHER_LEVELS = GREEN | {"tiers.yaml": GREEN["tiers.yaml"].replace(b"id: gold", b"id: first")}
OTHER_SHARES = GREEN | {"tiers.yaml": GREEN["tiers.yaml"].replace(b"20 %", b"25 %")}
EVERYTHING = Pause(Target("everything"))
PAUSED = b'{"paused": [{"what": "everything"}]}'
BROKEN = {"shop.yaml": b"name: ["}


def compiled(files: Bundle) -> Compiled:
    book = rulebook_of(files)
    return prepare(book, ReferenceMatcher(book))


class Server:
    """One process on a store that it may share with others."""

    def __init__(self, store: MemoryStore | None = None, *, follows: bool = True) -> None:
        self.now = NOW
        self.store = store or MemoryStore()
        first = Live(compiled(RED), Snapshot(), files=RED)
        self.current = Current(first, self.store, lambda: self.now, 3600, compiled if follows else None)
        self.current.refresh()

    def serves(self) -> tuple[str, int | None]:
        live = self.current()
        (action,) = live.compiled.rulebook.actions
        return action.removeprefix("say-"), live.publication.number if live.publication else None

    def publish(self, files: Bundle) -> None:
        head, digest = self.store.revisions.head(), digest_of(files)
        publication = Publication(head.number + 1, "sha256:" + digest, digest, self.now, "marta", "")
        assert publications.put(self.store.revisions, head, publication, files)

    def buyers(self, count: int = 10) -> None:
        service = Service(self.store, self.current, lambda: self.now)
        service.handle_events([order(f"o{n}", self.now - DAY, 1000 + n).of(f"c/{n}") for n in range(count)])


def test_the_folder_is_served_until_something_is_published_and_then_that() -> None:
    server = Server()
    assert server.serves() == ("red", None)
    server.publish(GREEN)
    server.current.refresh()
    assert server.serves() == ("green", 1)
    assert server.current().files == GREEN


def test_a_call_keeps_what_it_began_with() -> None:
    server = Server()
    live = server.current()
    server.publish(GREEN)
    server.current.refresh()
    assert set(live.compiled.rulebook.actions) == {"say-red"}
    assert live.compiled is not server.current().compiled


def test_of_several_publications_between_two_looks_the_last_is_served() -> None:
    server = Server()
    for files in (GREEN, BROKEN, RED, GREEN):
        server.publish(files)
    server.current.refresh()
    assert server.serves() == ("green", 4)


def test_one_that_cannot_be_used_is_told_once_and_the_one_before_is_served_on() -> None:
    server = Server()
    server.publish(GREEN)
    server.current.refresh()
    server.publish(BROKEN)
    with capture_logs() as logs:
        for _ in range(3):
            server.current.refresh()
    assert [line["event"] for line in logs] == ["rulebook-refused"]
    assert server.serves() == ("green", 1)
    assert str(server.current().refused).startswith("number 2 cannot be used here:")
    server.publish(RED)
    server.current.refresh()
    assert (server.serves(), server.current().refused) == (("red", 3), None)


def test_a_fault_of_ours_in_compiling_does_not_end_the_looking() -> None:
    server = Server()

    def fails(_: Mapping[str, bytes]) -> Compiled:
        raise KeyError("a secret of a customer")

    broken = Current(server.current(), server.store, lambda: NOW, 3600, fails)
    server.publish(GREEN)
    broken.refresh()
    assert broken().refused == "number 1 cannot be used here: KeyError"


def test_a_store_that_was_emptied_leaves_what_is_served() -> None:
    server = Server()
    server.publish(GREEN)
    server.current.refresh()
    server.store.revisions = MemoryStore().revisions
    server.current.refresh()
    assert server.serves() == ("green", 1)


def test_a_folder_is_served_whatever_is_published_where_the_operator_says_so() -> None:
    server = Server(follows=False)
    server.publish(GREEN)
    server.current.refresh()
    assert server.serves() == ("red", None)


# ---- controls ----


def test_controls_are_served_from_the_next_look_on_and_beside_any_rulebook() -> None:
    server = Server()
    assert server.current().controls == NO_CONTROLS
    assert server.store.put_controls(PAUSED, 0)
    server.current.refresh()
    server.publish(GREEN)
    server.current.refresh()
    assert (server.serves()[0], server.current().controls) == ("green", Controls(1, (EVERYTHING,)))
    assert server.store.put_controls(b"{}", 1)
    server.current.refresh()
    assert (server.serves()[0], server.current().controls) == ("green", Controls(2))


def test_controls_are_taken_before_a_rulebook_is_compiled() -> None:
    server, seen = Server(), list[int]()

    def compiles(files: Bundle) -> Compiled:
        seen.append(slow().controls.number)
        return compiled(files)

    slow = Current(server.current(), server.store, lambda: NOW, 3600, compiles)
    server.publish(GREEN)
    assert server.store.put_controls(PAUSED, 0)
    slow.refresh()
    assert seen == [1]


def test_controls_that_cannot_be_read_are_told_once_and_those_before_stay_in_force() -> None:
    server = Server()
    assert server.store.put_controls(PAUSED, 0)
    server.current.refresh()
    assert server.store.put_controls(b'{"paused": [{"what": "of a newer version"}]}', 1)
    with capture_logs() as logs:
        for _ in range(3):
            server.current.refresh()
    ((event, why),) = [(line["event"], line["why"]) for line in logs]
    assert (event, why.partition(":")[0]) == ("controls-refused", "/paused/0/what")
    assert server.current().controls == Controls(1, (EVERYTHING,))


def test_a_pause_stays_in_force_when_the_store_is_emptied() -> None:
    store, paused = MemoryStore(), Controls(4, (EVERYTHING,))
    current = Current(Live(compiled(RED), Snapshot(), controls=paused), store, lambda: NOW, 3600)
    current.refresh()
    assert current().controls == paused


# ---- figures ----


def test_other_rules_with_the_same_tiers_go_on_with_the_figures() -> None:
    server = Server()
    server.buyers()
    server.now += HOUR
    server.current.refresh()
    number = server.current().snapshot.number
    assert number >= 1
    server.publish(GREEN)
    server.current.refresh()
    assert (server.serves()[0], server.current().snapshot.number) == ("green", number)


@pytest.mark.parametrize("files", [OTHER_LEVELS, OTHER_SHARES])
def test_with_other_tiers_the_figures_are_counted_anew_by_one_process_for_all(files: Bundle) -> None:
    first = Server()
    first.buyers()
    second = Server(first.store)
    for server in (first, second):
        server.now += HOUR
        server.current.refresh()
    number = first.store.snapshot_number()
    first.now += SECOND
    first.publish(files)
    first.current.refresh()
    second.current.refresh()
    assert first.store.snapshot_number() == number + 1
    levels = [level.id for level in rulebook_of(files).tiers.levels][:-1]
    for server in (first, second):
        assert server.current().snapshot.number == number + 1
        assert [cut.level for cut in server.current().snapshot.cut_offs] == levels


def test_figures_for_other_tiers_are_not_taken() -> None:
    server = Server()
    server.buyers()
    server.now += HOUR
    server.current.refresh()
    before = server.current().snapshot
    other = Server(server.store)
    other.now = server.now + SECOND
    other.publish(OTHER_LEVELS)
    other.current.refresh()
    stays = Current(server.current(), server.store, lambda: server.now, 3600)
    stays.refresh()
    assert stays().snapshot == before


def test_a_process_that_starts_with_other_tiers_than_the_figures_counts_anew() -> None:
    server = Server()
    server.buyers()
    server.now += HOUR
    server.current.refresh()
    number = server.store.snapshot_number()
    other = Live(compiled(OTHER_LEVELS), Snapshot(), files=OTHER_LEVELS)
    started = Current(other, server.store, lambda: server.now, 3600)
    started.refresh()
    started.refresh()
    assert server.store.snapshot_number() == number + 1
    assert [cut.level for cut in started().snapshot.cut_offs] == ["first"]


def test_nothing_is_counted_where_there_are_no_customers() -> None:
    server = Server()
    assert server.store.commit(Commit("c/nobody", 0, b"profile"))
    server.publish(OTHER_LEVELS)
    server.current.refresh()
    assert (server.serves()[0], server.store.snapshot_number()) == ("green", 0)


def test_a_fault_in_a_refresh_is_logged_and_the_next_one_is_done() -> None:
    server = Server()
    news, asked = server.store.news, []

    def fails_once() -> News:
        asked.append(1)
        if len(asked) == 1:
            raise KeyError("a fault")
        return news()

    server.publish(GREEN)
    server.store.news = fails_once
    with capture_logs() as logs:
        stop = keep_fresh(server.current, 10)
        assert eventually(lambda: server.serves() == ("green", 1))
        stop()
    assert [line["event"] for line in logs if line["event"] == "refresh-failed"] == ["refresh-failed"]
