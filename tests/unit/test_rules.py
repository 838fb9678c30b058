"""With which rulebook a process begins, and what an operator is told of it."""

from pathlib import Path

import pytest

from benchmarks.versions import version
from engine.domain.errors import StateUnavailable
from engine.rulebook.bundle import Bundle, digest_of
from engine.rulebook.findings import RulebookError
from runtime.rules import UnreadablePublication, first_rules, told, without_consents
from runtime.settings import Settings
from service import publications
from service.ports import Head
from service.publications import Publication
from storage.memory import MemoryRevisions, MemoryStore
from tests.support.books import NOW

RED, GREEN = version("red"), version("green")


class Away(MemoryRevisions):
    """A store that does not answer."""

    def head(self) -> Head:
        raise StateUnavailable("no answer")


def write(folder: Path, files: Bundle) -> Settings:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return Settings(rules=folder)


def publish(store: MemoryStore, files: Bundle) -> None:
    head, digest = store.revisions.head(), digest_of(files)
    publication = Publication(head.number + 1, "sha256:" + digest, digest, NOW, "marta", "")
    assert publications.put(store.revisions, head, publication, files)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return write(tmp_path / "rules", RED)


def test_while_nothing_is_published_it_is_the_folder_as_it_is_now(store: MemoryStore, settings: Settings) -> None:
    assert first_rules(settings, store).files == RED
    write(settings.rules, GREEN)
    rules = first_rules(settings, store)
    assert (rules.files, rules.publication) == (GREEN, None)
    said, surprising = told(rules, settings)
    assert (said.startswith(f"Serving the rules of {settings.rules} (sha256:"), surprising) == (True, False)


def test_what_was_published_last_goes_before_the_folder_and_a_difference_is_warned_of(
    store: MemoryStore, settings: Settings
) -> None:
    publish(store, GREEN)
    rules = first_rules(settings, store)
    assert (rules.files, rules.publication is not None) == (GREEN, True)
    said, surprising = told(rules, settings)
    assert said.startswith("Serving the published rulebook number 1 (sha256:")
    assert f"by marta of 2026-03-02T09:00:00Z. The folder {settings.rules} differs and is not active" in said
    assert f"`patron publish {settings.rules}` publishes the folder, PATRON_RULES_FROM=folder serves it" in said
    assert surprising


def test_a_folder_that_says_the_same_is_no_surprise(store: MemoryStore, settings: Settings) -> None:
    publish(store, RED)
    said, surprising = told(first_rules(settings, store), settings)
    assert (said.endswith("has the same rules"), surprising) == (True, False)


def test_a_folder_is_served_whatever_is_published_where_the_operator_says_so(
    store: MemoryStore, settings: Settings
) -> None:
    publish(store, GREEN)
    rules = first_rules(Settings(rules=settings.rules, rules_from="folder"), store)
    assert (rules.files, rules.publication) == (RED, None)


def test_a_broken_folder_does_not_matter_once_something_is_published(store: MemoryStore, settings: Settings) -> None:
    write(settings.rules, {"shop.yaml": b"name: ["})
    with pytest.raises(RulebookError, match=r"shop\.yaml"):
        first_rules(settings, store)
    publish(store, GREEN)
    assert first_rules(settings, store).files == GREEN


def test_what_is_published_and_cannot_be_read_is_said_with_the_way_out(store: MemoryStore, settings: Settings) -> None:
    publish(store, {"shop.yaml": b"name: ["})
    with pytest.raises(UnreadablePublication, match=r"number 1 cannot be read .* PATRON_RULES_FROM=folder"):
        first_rules(settings, store)


def test_while_the_store_is_away_the_folder_serves_or_what_was_served_before(
    store: MemoryStore, settings: Settings
) -> None:
    publish(store, GREEN)
    before = first_rules(settings, store)
    store.revisions = Away(5)
    assert first_rules(settings, store).files == RED
    assert first_rules(settings, store, before) is before


def _advertising(files: Bundle) -> Bundle:
    return {name: text.replace(b'"kind": "service"', b'"kind": "marketing"') for name, text in files.items()}


def test_a_folder_with_marketing_is_served_with_a_warning_while_no_customer_has_a_consent(
    store: MemoryStore, settings: Settings
) -> None:
    write(settings.rules, _advertising(RED))
    said = without_consents(first_rules(settings, store), store)
    assert said is not None
    assert said.startswith("no customer has given a consent for marketing yet")


def test_a_folder_without_marketing_is_served_without_a_warning(store: MemoryStore, settings: Settings) -> None:
    assert without_consents(first_rules(settings, store), store) is None


def test_published_marketing_is_served_without_a_warning(store: MemoryStore, settings: Settings) -> None:
    publish(store, _advertising(RED))
    assert without_consents(first_rules(settings, store), store) is None
