"""Former words in rule files: refused with the word of today, rewritten by an upgrade, readable where stored."""

import pytest

from authoring.checking import check_texts
from engine.rulebook.findings import Report
from engine.rulebook.loader import load_stored, load_texts, revision_of
from engine.rulebook.source import read_yaml
from engine.rulebook.upgrade import upgraded, upgraded_file
from tests.support.every_key import EVERYTHING
from tests.support.small_book import BOOK

RULES = "operation.yaml"
WORDS = [
    (RULES, "trigger: [requested]", "trigger: [asked]"),
    (RULES, "trigger: [inactive, visited", "trigger: [overdue, visited"),
    (RULES, "once: per inactivity spell", "once: per silence"),
    (RULES, "status: draft", "status: test"),
    ("segments.yaml", "customer.days_since_last_order", "customer.silent_days"),
    ("vocabulary.yaml", "customer.pause_chance", "customer.rhythm_p"),
    ("arbitration.yaml", "value, multiplier]", "value, lever]"),
    ("arbitration.yaml", "multipliers:", "levers:"),
    ("channels.yaml", "address: email", "link: email"),
    ("churn.yaml", "interpurchase_time:", "rhythm:"),
]
"""File, a word of today at its place, and what stood there before."""


REFUSED = [
    (*WORDS[0], "requested"),
    (*WORDS[1], "inactive"),
    (*WORDS[2], "per inactivity spell"),
    (*WORDS[3], "shadow"),
    (*WORDS[4], "customer.days_since_last_order"),
    (*WORDS[6], "multiplier"),
    (*WORDS[7], "multipliers"),
    (*WORDS[8], "address"),
    (*WORDS[9], "interpurchase_time"),
]


def former(file: str, today: str, before: str) -> dict[str, bytes]:
    text = BOOK[file].replace("status: draft", "status: shadow") if before == "status: test" else BOOK[file]
    today = today.replace("draft", "shadow")
    assert today in text
    files = {**BOOK, file: text.replace(today, before, 1)}
    return {name: content.encode() for name, content in files.items()}


@pytest.mark.parametrize(("file", "today", "before", "now"), REFUSED, ids=[now for *_, now in REFUSED])
def test_a_former_word_is_refused_with_the_word_of_today(file: str, today: str, before: str, now: str) -> None:
    _, findings = check_texts(former(file, today, before))
    hints = [one.hint for one in findings if one.place.file == file]
    assert f"it is called {now} now; `patron fmt --upgrade` rewrites rule files" in hints


@pytest.mark.parametrize(("file", "today", "before"), WORDS, ids=[before for _, _, before in WORDS])
def test_an_upgrade_writes_the_word_of_today(file: str, today: str, before: str) -> None:
    found = upgraded_file(file, former(file, today, before)[file]).decode()
    assert found == BOOK[file].replace(
        "status: draft", "status: shadow" if before == "status: test" else "status: draft"
    )


def test_an_upgrade_leaves_files_without_former_words_byte_for_byte() -> None:
    files = {name: text.encode() for name, text in {**BOOK, **EVERYTHING}.items()}
    assert upgraded(files) == files


def test_an_upgrade_keeps_comments_quotes_and_layout() -> None:
    before = b"# asked or overdue\nrules:\n  - {trigger:   ['asked',  \"overdue\"],  # asked\n     status: test}\n"
    after = (
        b"# asked or overdue\nrules:\n  - {trigger:   ['requested',  \"inactive\"],  # asked\n     status: shadow}\n"
    )
    assert upgraded_file(RULES, before) == after


def test_an_upgrade_replaces_facts_in_texts() -> None:
    before = b'actions: [{text: "You are worth {customer.score|much} to us, {customer.scores}"}]'
    after = b'actions: [{text: "You are worth {customer.value_score|much} to us, {customer.scores}"}]'
    assert upgraded_file("actions/a.yaml", before) == after


def test_the_link_of_a_treatment_stays_a_link() -> None:
    text = b'actions: [{treatments: [{channel: email, link: "https://shop.example/one"}]}]'
    assert upgraded_file("actions/a.yaml", text) == text


def test_tests_are_upgraded_too() -> None:
    before = b"personas: {mei: {links: [email]}}\ntests: [{ask: overdue, expect: {parts: {lever: 1}}}]\n"
    after = (
        b"personas: {mei: {channel_addresses: [email]}}\ntests: [{ask: inactive, expect: {parts: {multiplier: 1}}}]\n"
    )
    assert upgraded_file("tests/a.yaml", before) == after


def test_a_test_named_test_keeps_its_key() -> None:
    text = b"tests: [{test: The status is test, ask: requested}]\n"
    assert upgraded_file("tests/a.yaml", text) == text


@pytest.mark.parametrize("trigger", [b'"\\u0061sked"', b">-\n      asked\n"])
def test_a_word_that_is_written_with_escapes_or_as_a_block_stays(trigger: bytes) -> None:
    text = b"rules:\n  - trigger: " + trigger + b"\n"
    assert upgraded_file(RULES, text) == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"when: {event.type: {is_not: asked}}", b"when: {event.type: {is_not: requested}}"),
        (b"when: {event.type: {none_of: [asked, overdue]}}", b"when: {event.type: {none_of: [requested, inactive]}}"),
        (b"when: {any: [{event.type: asked}]}", b"when: {any: [{event.type: requested}]}"),
    ],
)
def test_a_condition_on_the_trigger_is_upgraded(before: bytes, after: bytes) -> None:
    assert upgraded_file(RULES, b"rules:\n  - " + before + b"\n") == b"rules:\n  - " + after + b"\n"


def test_the_cells_of_a_table_that_test_the_trigger_are_upgraded() -> None:
    before = (
        b"columns: [customer.tier, event.type]\nrows:\n  - [asked, 'asked, overdue', x]\n  - [-, not(asked), asked]\n"
    )
    after = before.replace(b"'asked, overdue'", b"'requested, inactive'").replace(b"not(asked)", b"not(requested)")
    assert upgraded_file("tables/a.yaml", before) == after


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_words_are_replaced_at_their_places_beside_the_same_letters_in_texts(end: bytes) -> None:
    before = "rules:#  - {title: 你好 asked, trigger: [asked, 'overdue', asked]}#".encode().replace(b"#", end)
    after = "rules:#  - {title: 你好 asked, trigger: [requested, 'inactive', requested]}#".encode().replace(b"#", end)
    assert upgraded_file(RULES, before) == after


def test_a_file_that_cannot_be_read_stays_as_it_is() -> None:
    assert upgraded_file(RULES, b"rules: [half a sen") == b"rules: [half a sen"


def test_a_stored_rulebook_with_former_words_loads_under_its_revision_of_then() -> None:
    files = former(*WORDS[1])
    for file, today, before in WORDS:
        files[file] = files[file].replace(today.encode(), before.encode(), 1)
    assert load_texts(files)[0] is None
    book, _ = load_stored(files)
    today_book, _ = load_texts(upgraded(files))
    assert book is not None and today_book is not None
    assert book.rules == today_book.rules
    nodes = {name: read_yaml(name, content, Report()) for name, content in files.items()}
    assert book.revision == revision_of({name: node for name, node in nodes.items() if node is not None})
    assert book.revision != today_book.revision


def test_a_stored_rulebook_without_former_words_loads_as_any_other() -> None:
    files = {name: text.encode() for name, text in BOOK.items()}
    assert load_stored(files)[0] == load_texts(files)[0]
