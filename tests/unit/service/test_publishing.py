"""Publishing and going back: what is stored, what is refused, and that nothing is half done."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from authoring.proof import prove_here
from benchmarks.versions import version
from engine.domain.errors import InvalidInput, NotFound
from engine.rulebook.bundle import Bundle, digest_of
from service.proof import Proof, RulebookRefused
from service.publishing import NoConsents, NotPublishing, PublishedMeanwhile, Publishing, Said
from storage.memory import MemoryRevisions
from tests.support.books import NOW
from tests.support.publishing import BLUE, GREEN, RED, SERVED

BROKEN = RED | {"operation.yaml": b"rules: [half a sen"}
FAILING = {**RED, "tests/words.yaml": RED["tests/words.yaml"].replace(b"say-red", b"none")}
MARTA = Said("marta", "why not")


class Desk:
    """Publishing on a store in memory, over the folder of RED."""

    def __init__(self, prove: Callable[[Bundle], Proof] = prove_here, *, open: bool = True) -> None:
        self.revisions = MemoryRevisions(5)
        self.now = NOW
        self.histogram: dict[str, int] = {}
        self.publishing = Publishing(
            self.revisions, lambda: SERVED, lambda: self.now, prove, lambda: self.histogram, open=open
        )

    def numbers(self) -> list[int]:
        return [one.number for one in self.publishing.history()]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_the_first_publication_keeps_what_was_served_before_it_as_number_1(desk: Desk) -> None:
    done = desk.publishing.publish(GREEN, MARTA)
    assert (done.new, done.publication.number) == (True, 2)
    assert (done.publication.author, done.publication.message, done.publication.at) == ("marta", "why not", NOW)
    first = desk.publishing.history()[-1]
    assert (first.number, first.revision) == (1, SERVED.compiled.rulebook.revision)
    assert desk.publishing.revision("1")[1] == RED
    assert desk.publishing.revision("2")[1] == GREEN


def test_publishing_the_folder_that_is_served_makes_it_number_1(desk: Desk) -> None:
    assert desk.publishing.publish(RED, MARTA).publication.number == 1
    assert desk.numbers() == [1]


def test_what_is_published_already_is_not_stored_again_nor_tried(desk: Desk) -> None:
    desk.publishing.publish(GREEN, MARTA)
    again = Publishing(desk.revisions, lambda: SERVED, lambda: NOW, lambda _: pytest.fail("it was tried"), dict)
    done = again.publish(GREEN, replace(MARTA, expects="1"))
    assert (done.new, done.publication.number) == (False, 2)
    assert desk.numbers() == [2, 1]


def test_other_comments_or_tests_are_stored_under_the_same_revision(desk: Desk) -> None:
    desk.publishing.publish(RED, MARTA)
    commented = RED | {"shop.yaml": RED["shop.yaml"] + b"# why\n"}
    done = desk.publishing.publish(commented, MARTA)
    assert done.new
    assert done.publication.revision == SERVED.compiled.rulebook.revision
    assert desk.publishing.revision(done.publication.revision)[1] == commented


@pytest.mark.parametrize(
    ("files", "why"),
    [(BROKEN, "the rulebook has 1 error;"), (FAILING, "1 of its 1 test failed;"), ({}, "the rulebook has .* errors;")],
)
def test_what_does_not_load_or_fails_a_test_is_refused_and_nothing_is_stored(
    desk: Desk, files: Bundle, why: str
) -> None:
    desk.publishing.publish(GREEN, MARTA)
    before = (desk.revisions.head(), desk.revisions.entries())
    with pytest.raises(RulebookRefused, match=f"{why} nothing was published"):
        desk.publishing.publish(files, MARTA)
    assert (desk.revisions.head(), desk.revisions.entries()) == before
    assert desk.revisions.files(digest_of(files)) is None


def test_what_durable_rules_does_not_take_is_refused() -> None:
    crashes = Proof("sha256:0", tests=1, problem="loading it in durable_rules ended with SIGSEGV")
    desk = Desk(lambda _: crashes)
    with pytest.raises(RulebookRefused, match="SIGSEGV; nothing was published"):
        desk.publishing.publish(GREEN, MARTA)
    assert desk.numbers() == []


def test_a_warning_is_shown_and_refuses_only_who_is_strict() -> None:
    warned = Proof("sha256:0", ({"severity": "warning"},), tests=1)
    desk = Desk(lambda _: warned)
    with pytest.raises(RulebookRefused, match="the rulebook has 1 warning;"):
        desk.publishing.publish(GREEN, replace(MARTA, strict=True))
    assert desk.publishing.publish(GREEN, MARTA).proof.warnings == 1


@pytest.mark.parametrize("expects", ["1", "7", "sha256:00000000", "0000000000", "sha256:", ""])
def test_who_expects_another_one_than_is_published_is_refused(desk: Desk, expects: str) -> None:
    desk.publishing.publish(GREEN, MARTA)
    with pytest.raises(PublishedMeanwhile, match=r"number 2, sha256:.* by marta, .*somebody published in between"):
        desk.publishing.publish(BLUE, replace(MARTA, expects=expects))
    assert desk.numbers() == [2, 1]


def test_what_is_published_is_expected_by_number_or_revision(desk: Desk) -> None:
    first = desk.publishing.publish(GREEN, replace(MARTA, expects=SERVED.compiled.rulebook.revision)).publication
    desk.publishing.publish(BLUE, replace(MARTA, expects=first.revision[:15]))
    desk.publishing.publish(RED, replace(MARTA, expects="3"))
    assert desk.numbers() == [4, 3, 2, 1]


def test_of_two_who_publish_at_the_same_time_one_is_shown_of_the_other(desk: Desk) -> None:
    desk.publishing.publish(RED, MARTA)

    def slowly(files: Bundle) -> Proof:
        desk.publishing.publish(BLUE, Said("somebody else"))
        return prove_here(files)

    late = Publishing(desk.revisions, lambda: SERVED, lambda: NOW, slowly, dict)
    with pytest.raises(PublishedMeanwhile, match="by somebody else"):
        late.publish(GREEN, MARTA)
    assert desk.numbers() == [2, 1]


def test_many_who_publish_at_once_are_published_or_told_and_the_history_has_no_gap(desk: Desk) -> None:
    words = [version(f"w{number}") for number in range(12)]

    def publish(files: Bundle) -> bool:
        try:
            return desk.publishing.publish(files, MARTA).new
        except PublishedMeanwhile:
            return False

    with ThreadPoolExecutor(6) as threads:
        went = sum(threads.map(publish, words))
    assert went >= 1
    assert desk.revisions.head().number == went + 1
    assert desk.numbers() == list(range(went + 1, max(0, went - 4), -1))


def test_going_back_publishes_what_was_served_before_and_says_so(desk: Desk) -> None:
    desk.publishing.publish(GREEN, MARTA)
    done = desk.publishing.rollback(None, Said("li", "wrong"))
    assert (done.publication.number, done.publication.restores, done.publication.author) == (3, 1, "li")
    assert done.publication.revision == SERVED.compiled.rulebook.revision
    assert desk.publishing.rollback(None, MARTA).publication.restores == 2  # and back again
    assert desk.numbers() == [4, 3, 2, 1]


def test_one_can_go_back_to_a_number_or_to_a_revision(desk: Desk) -> None:
    for files in (GREEN, BLUE):
        desk.publishing.publish(files, MARTA)
    assert desk.publishing.rollback("1", MARTA).publication.restores == 1
    green = desk.publishing.revision("2")[0].revision
    assert desk.publishing.rollback(green[7:15], MARTA).publication.restores == 2
    assert not desk.publishing.rollback(green, MARTA).new


def test_there_is_nothing_to_go_back_to_before_anything_was_published(desk: Desk) -> None:
    with pytest.raises(NotFound, match="no earlier rulebook"):
        desk.publishing.rollback(None, MARTA)
    with pytest.raises(NotFound, match="patron rulebook history"):
        desk.publishing.rollback("7", MARTA)


@pytest.mark.parametrize("name", ["", "latest", "sha256:12", "abcdefg", "../1", "1" * 65, "-1"])
def test_what_is_no_number_and_no_revision_is_refused_with_a_pointer(desk: Desk, name: str) -> None:
    desk.publishing.publish(GREEN, MARTA)
    with pytest.raises(InvalidInput) as refused:
        desk.publishing.rollback(name, MARTA)
    assert refused.value.problems[0].pointer == "/to"


def test_a_failed_test_does_not_stand_in_the_way_of_going_back() -> None:
    desk = Desk()
    desk.publishing.publish(GREEN, MARTA)
    fails = Publishing(
        desk.revisions, lambda: SERVED, lambda: NOW, lambda _: Proof("sha256:0", tests=1, failed=({},)), dict
    )
    assert fails.rollback(None, MARTA).new
    wrong = Proof(None, ({"severity": "error"},))
    errs = Publishing(desk.revisions, lambda: SERVED, lambda: NOW, lambda _: wrong, dict)
    with pytest.raises(RulebookRefused):
        errs.rollback("2", MARTA)


def test_the_oldest_ones_go_and_are_not_found_any_more(desk: Desk) -> None:
    for number in range(6):
        desk.publishing.publish(version(f"w{number}"), MARTA)
    assert desk.numbers() == [7, 6, 5, 4, 3]
    with pytest.raises(NotFound):
        desk.publishing.revision("2")


def test_the_key_stands_for_who_does_not_say_who_they_are(desk: Desk) -> None:
    done = desk.publishing.publish(GREEN, Said(key="till"))
    assert (done.publication.author, done.publication.key) == ("till", "till")


def test_a_service_of_a_folder_publishes_nothing() -> None:
    desk = Desk(open=False)
    for refused in (lambda: desk.publishing.publish(GREEN, MARTA), lambda: desk.publishing.rollback(None, MARTA)):
        with pytest.raises(NotPublishing, match="PATRON_RULES_FROM=folder"):
            refused()
    assert desk.publishing.check(GREEN).refusal() is None
    assert desk.numbers() == []


def _marketing(files: Bundle) -> Bundle:
    return {name: text.replace(b'"kind": "service"', b'"kind": "marketing"') for name, text in files.items()}


def _without_tests(files: Bundle) -> Bundle:
    return {name: text for name, text in files.items() if not name.startswith("tests/")}


ADVERTISING = _without_tests(_marketing(GREEN))


def test_outbound_marketing_without_any_consent_is_refused_with_the_way_out(desk: Desk) -> None:
    with pytest.raises(NoConsents, match=r"no customer has given a consent for marketing.*consent_changed.*--anyway"):
        desk.publishing.publish(ADVERTISING, MARTA)
    assert desk.numbers() == []


def test_outbound_marketing_is_published_once_a_customer_has_given_a_consent(desk: Desk) -> None:
    desk.histogram = {"g:marketing": 1}
    assert desk.publishing.publish(ADVERTISING, MARTA).new


def test_a_consent_for_another_purpose_is_none_for_marketing(desk: Desk) -> None:
    desk.histogram = {"g:service": 1}
    with pytest.raises(NoConsents):
        desk.publishing.publish(ADVERTISING, MARTA)


def test_outbound_marketing_without_any_consent_is_published_anyway(desk: Desk) -> None:
    assert desk.publishing.publish(ADVERTISING, replace(MARTA, anyway=True)).new


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [("operation.yaml", b'"status": "live"', b'"status": "draft"'), ("channels.yaml", b"consent: yes", b"consent: no")],
)
def test_marketing_that_is_not_live_or_needs_no_consent_is_published(
    desk: Desk, file: str, old: bytes, new: bytes
) -> None:
    assert old in ADVERTISING[file]
    files = {**ADVERTISING, file: ADVERTISING[file].replace(old, new)}
    assert desk.publishing.publish(files, MARTA).new


def test_a_rollback_does_not_wait_for_consents(desk: Desk) -> None:
    desk.publishing.publish(ADVERTISING, replace(MARTA, anyway=True))
    desk.publishing.publish(BLUE, MARTA)
    assert desk.publishing.rollback(None, MARTA).new
