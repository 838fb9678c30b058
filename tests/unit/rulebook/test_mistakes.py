"""One mistake at a time in a small rulebook: its code and its place, and nothing else that is an error."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

import authoring.rule_tests
import engine.rulebook
from authoring.checking import check_texts
from engine.rulebook.findings import CODES, Severity, render
from engine.rulebook.read.book import REQUIRED
from tests.support.small_book import BOOK, RULES, Mistake, book_with, changed, expected_place, findings_of
from tests.support.small_book import TABLE as TABLE_TEXT

OPERATION = "operation.yaml"
ACTION = "actions/care.yaml"
VOCABULARY = "vocabulary.yaml"
TABLE = "tables/churn_risk.yaml"
WEB_TEXT = 'en: {title: "{customer.first_name|Hello}!", body: "See {products}"}'
PERSONA = "  customer.persona: {type: text, missing: none, example: x, sentence: Persona}\n"
LAMP = "  - {sku: B-9, title: {en: Lamp}, category: lighting, price: 20 EUR}\n"

YAML = [
    Mistake("yaml-syntax", OPERATION, "title: No price", "title: No price«: none"),
    Mistake("yaml-duplicate-key", OPERATION, "    owner: crm\n", "    owner: crm\n    «owner: me\n"),
    Mistake("yaml-key", OPERATION, "forbid: {effect: discount}", "forbid: {effect: discount, «3: x}"),
    Mistake("yaml-tag", OPERATION, "title: No price", "title: «!!str No price"),
    Mistake("yaml-anchor", OPERATION, "title: No price", "title: «&a No price"),
    Mistake("yaml-directive", "scenes.yaml", "scenes:", "«%YAML 1.1\n---\nscenes:"),
    Mistake("yaml-tab", OPERATION, "    owner: crm", "    owner:«\tcrm"),
    Mistake(
        "yaml-documents", OPERATION, "    forbid: {effect: discount}\n", "    forbid: {effect: discount}\n«---\na: 1\n"
    ),
    Mistake("yaml-character", OPERATION, "title: No price", "title: No«\u2028price"),
    Mistake("yaml-character", OPERATION, "title: No price cuts for gold", 'title: «"No\\x07price"'),
    Mistake("yaml-too-deep", OPERATION, "when: {}", "when: " + "[" * 27 + "«" + "[" * 9 + "]" * 36),
    Mistake("yaml-bom", "scenes.yaml", "scenes:", "«\ufeffscenes:"),
]

SHAPE = [
    Mistake("wrong-type", OPERATION, "trigger: [requested]", "trigger: «requested"),
    Mistake("wrong-type", OPERATION, "title: No price cuts for gold", "title: «12", 'put it in quotes: "12"'),
    Mistake("wrong-type", OPERATION, "title: No price cuts for gold", "title:«"),
    Mistake("wrong-type", "channels.yaml", "consent: no", "consent: «maybe"),
    Mistake("wrong-type", OPERATION, "when: {}", "when: «[]"),
    Mistake(
        "wrong-type", OPERATION, "near: customer.categories", "near: «customer.tier", "such as customer.categories"
    ),
    Mistake("missing-key", OPERATION, "- id: no-price-cuts\n    title: No price cuts for gold", "- «id: no-price-cuts"),
    Mistake("missing-key", "shop.yaml", "name: Small\ncurrency: EUR", "«name: Small"),
    Mistake(
        "unknown-key",
        OPERATION,
        "    owner: crm\n",
        "    owner: crm\n    «triger: [requested]\n",
        "did you mean trigger?",
    ),
    Mistake("unknown-key", OPERATION, "any:", "«or:", "did you mean any?"),
    Mistake("unknown-key", ACTION, "effect: {type: none}", "effect: {type: none, «percent: 5 %}"),
    Mistake(
        "unknown-key",
        VOCABULARY,
        "sentence: Spend}",
        "sentence: Net, «without returns}",
        "a text with a comma in it needs quotes here",
    ),
    Mistake("unknown-key", VOCABULARY, "example: 4", "«values: [a], example: 4"),
    Mistake("one-of-keys", OPERATION, "- id: no-price-cuts", "- «recommend: {action: check-in}\n    id: no-price-cuts"),
    Mistake("one-of-keys", OPERATION, "forbid: {effect: discount}", "forbid: «{effect: discount, kind: marketing}"),
    Mistake("one-of-keys", OPERATION, "forbid: {effect: discount}", "boost: «{by: 2}"),
    Mistake("one-of-keys", OPERATION, "products: {role: activation, near: customer.categories, ", "products: «{"),
    Mistake("one-of-keys", ACTION, "effect: {type: none}", "effect: «{type: discount}"),
    Mistake("one-of-keys", VOCABULARY, "{count: visited, ", "«{"),
    Mistake("bad-id", OPERATION, "id: no-price-cuts", "id: «No_Price", "write it as no-price"),
    Mistake("bad-name", VOCABULARY, "counters:", "  «Customer.Luck: {}\ncounters:"),
    Mistake("duplicate-id", OPERATION, "- id: no-price-cuts", "- «id: quiet-check-in"),
    Mistake("duplicate-id", "catalogue.yaml", "products:\n", "products:\n" + LAMP + LAMP.replace("{", "«{", 1)),
    Mistake("duplicate-id", "shop.yaml", "[en, de]", "[en, de, «en]"),
    Mistake("duplicate-id", VOCABULARY, "customer.visits_7d:", "«customer.orders:"),
    Mistake("empty-list", OPERATION, "trigger: [requested]", "trigger: «[]"),
    Mistake("empty-list", OPERATION, "when: {}", "when: {any: «[]}"),
    Mistake("empty-list", OPERATION, "when: {}", "when: {customer.tier: «[]}"),
    Mistake("unknown-word", OPERATION, "status: draft", "status: «drafft", "did you mean draft?"),
    Mistake("unknown-word", OPERATION, "once: per inactivity spell", "once: «per week"),
    Mistake("unknown-word", VOCABULARY, "missing: 0, example: 4", "missing: «nothing, example: 4"),
    Mistake("unknown-word", TABLE, "pick: first", "pick: «all"),
    Mistake("unknown-key", "contact_policy.yaml", "{marketing: marketing}", "{marketing: marketing, «ads: marketing}"),
    Mistake("missing-key", "contact_policy.yaml", "{marketing: marketing}", "«{service: service}"),
    Mistake("out-of-range", OPERATION, "forbid: {effect: discount}", "boost: {action: check-in, by: «0}"),
    Mistake("out-of-range", OPERATION, "wait: 14 days", "wait: «12 hours"),
    Mistake("out-of-range", VOCABULARY, "within: 7 days", "within: «900 days"),
    Mistake("out-of-range", ACTION, "expires: 10 days", "expires: «0 days"),
    Mistake("out-of-range", ACTION, "propensity: 6 %", "propensity: «106 %"),
    Mistake("out-of-range", "churn.yaml", "theta: 1.1", "theta: 1.1, at_most: 9 days, at_least: «10 days"),
    Mistake("out-of-range", ACTION, "per_customer: 2 in 365 days", "per_customer: «33 in 365 days"),
]

VALUES = [
    Mistake("bad-value", OPERATION, "{at_least: 2}", "{at_least: «two}"),
    Mistake("bad-value", OPERATION, "{at_least: 2}", "{at_least: «2.5}"),
    Mistake("bad-value", OPERATION, "{at_least: 2}", "{between: «[3, 2]}", "swap the two"),
    Mistake("bad-value", OPERATION, "[gold, bronze]", "[«glod, bronze]", "did you mean gold?"),
    Mistake("bad-value", OPERATION, "when: {}", "when: {customer.identified: «maybe}", "write yes or no"),
    Mistake("bad-value", OPERATION, "when: {}", "when: {customer.days_since_last_order: {at_most: «never}}"),
    Mistake("bad-value", ACTION, "2 in 365 days", "«twice a year", "write it as 2 in 365 days"),
    Mistake("bad-value", VOCABULARY, "example: gold", "example: «silver"),
    Mistake("bad-unit", OPERATION, "when: {}", "when: {customer.spend: {more_than: «500}}", "write it as 500 EUR"),
    Mistake("bad-unit", OPERATION, "when: {}", "when: {customer.spend: {more_than: «500 USD}}"),
    Mistake("bad-unit", OPERATION, "when: {}", "when: {customer.return_share: {more_than: «0.2}}", "write it as 20 %"),
    Mistake("bad-unit", "segments.yaml", "20 days", "«20 EUR", "write it as 14 days"),
    Mistake("bad-unit", ACTION, "expires: 10 days", "expires: «10"),
    Mistake("bad-unit", VOCABULARY, "unit: days", "unit: «weeks", "possible: days"),
    Mistake("bad-date", OPERATION, "until: 2026-12-31", "until: «31.12.2026", "write it as 2026-12-31"),
    Mistake("bad-date", OPERATION, "until: 2026-12-31", "until: «2025-12-31", "swap the two"),
    Mistake("bad-date", OPERATION, "until: 2026-12-31", "until: «2026-02-30"),
    Mistake("unknown-zone", "shop.yaml", "Europe/Berlin", "«Europe/Berlim"),
    Mistake("unknown-language", "shop.yaml", "[en, de]", "[en, de, «Deutsch]"),
    Mistake("unknown-language", "catalogue.yaml", "{en: Lamp}", "{en: Lamp, «fr: Lampe}"),
]

NAMES = [
    Mistake("unknown-fact", OPERATION, "customer.orders: {", "«customer.order: {", "did you mean customer.orders?"),
    Mistake(
        "unknown-fact",
        OPERATION,
        "when: {}",
        "when: {«silent_days: 3}",
        "it is called customer.days_since_last_order now; `patron fmt --upgrade` rewrites rule files",
    ),
    Mistake(
        "unknown-fact",
        OPERATION,
        "history.check-in.days",
        "«history.chek-in.days",
        "did you mean history.check-in.days_since_shown?",
    ),
    Mistake("unknown-fact", TABLE, "[customer.orders,", "[«customer.ordres,", "did you mean customer.orders?"),
    Mistake("unknown-operator", OPERATION, "{at_least: 2}", "{«gte: 2}", "did you mean at_least?"),
    Mistake("unknown-operator", OPERATION, "{at_least: 2}", '{«">=": 2}', "did you mean at_least?"),
    Mistake("unknown-operator", OPERATION, "{at_least: 2}", "{«min: 2}", "did you mean at_least?"),
    Mistake("unknown-operator", OPERATION, "{at_least: 2}", "{«atleast: 2}", "did you mean at_least?"),
    Mistake(
        "unknown-operator",
        OPERATION,
        "{at_least: 2}",
        "{«one_of: [2, 3]}",
        "a list alone means one of its values: fact: [this, that]",
    ),
    Mistake("unknown-segment", OPERATION, "segment: quiet", "segment: «quite", "did you mean quiet?"),
    Mistake("unknown-action", OPERATION, "action: check-in", "action: «checkin", "did you mean check-in?"),
    Mistake("unknown-action", "contact_policy.yaml", "groups: {care", "actions: {«care", "possible: check-in"),
    Mistake("unknown-group", OPERATION, "forbid: {effect: discount}", "forbid: {group: «cares}", "did you mean care?"),
    Mistake("unknown-tag", OPERATION, "forbid: {effect: discount}", "forbid: {tag: «friend}", "did you mean friendly?"),
    Mistake("unknown-channel", ACTION, "channel: web", "channel: «wep", "did you mean web?"),
    Mistake("unknown-placement", ACTION, "[home.banner]", "[«home.baner]", "did you mean home.banner?"),
    Mistake("unknown-field", ACTION, 'body: "See', '«boddy: "See', "did you mean body?"),
    Mistake("unknown-event", OPERATION, "[requested]", "[«order_complete]", "did you mean order_completed?"),
    Mistake("unknown-event", OPERATION, "[requested]", "[«anny]", "did you mean any?"),
    Mistake("wrong-trigger", OPERATION, "[requested]", "«[any, requested]"),
    Mistake("wrong-trigger", OPERATION, "[inactive, visited, {after: delivery_completed, wait: 14 days}]", "«[any]"),
    Mistake("unknown-event", VOCABULARY, "count: visited", "count: «visit", "did you mean visited?"),
    Mistake(
        "unknown-property",
        VOCABULARY,
        "order_completed.total",
        "«order_completed.amount",
        "did you mean order_completed.total?",
    ),
    Mistake("unknown-property", VOCABULARY, "within: 7", "where: {«page: home}, within: 7"),
    Mistake("wrong-type", VOCABULARY, "count: visited,", "count: searched, where: {results: «none},"),
    Mistake("wrong-type", VOCABULARY, "count: visited,", "count: consent_changed, where: {granted: «1},"),
    Mistake("wrong-type", VOCABULARY, "within: 7", "where: {surface: «7}, within: 7"),
    Mistake("unknown-word", OPERATION, "role: activation", "role: «aktivation", "did you mean activation?"),
    Mistake("unknown-category", OPERATION, "role: activation", "category: «kitchn", "did you mean kitchen?"),
    Mistake("unknown-category", "scenes.yaml", "lighting", "«lights", None),
    Mistake("unknown-statement", OPERATION, "[S41]", "[S41, «S99]"),
]

FACTS_AND_TABLES = [
    Mistake("wrong-operator", OPERATION, "when: {}", "when: {customer.tier: {«at_least: gold}}"),
    Mistake("wrong-operator", OPERATION, "when: {}", "when: {customer.identified: {«more_than: 1}}"),
    Mistake("wrong-operator", OPERATION, "when: {}", "when: {customer.orders: {«has: 1}}"),
    Mistake(
        "wrong-operator", OPERATION, "when: {}", "when: {«customer.categories: kitchen}", "did you mean {has: ...}?"
    ),
    Mistake(
        "wrong-operator", OPERATION, "when: {}", "when: {«customer.categories: [a]}", "did you mean {has_any: ...}?"
    ),
    Mistake("reserved-name", VOCABULARY, "customer.visits_7d:", "«history.visits:"),
    Mistake("bad-missing", VOCABULARY, "missing: 0, example: 4", "missing: «never, example: 4"),
    Mistake("bad-missing", VOCABULARY, "[none, low, high], missing: none", "[low, high], missing: «none"),
    Mistake(
        "wrong-fact-type", VOCABULARY, "type: count, missing: 0", "type: «text, missing: none", "write type: count"
    ),
    Mistake("wrong-fact-type", VOCABULARY, "type: days, unit: days", "type: «count", "write type: days"),
    Mistake(
        "fact-not-computed",
        VOCABULARY,
        "counters:",
        "  «customer.luck: {type: count, missing: 0, example: 4, sentence: L}\ncounters:",
    ),
    Mistake(
        "fact-computed-twice",
        VOCABULARY,
        "counters:",
        "counters:\n  «customer.returns: {count: order_returned, within: 7 days, example: 1, sentence: R}",
    ),
    Mistake("bad-cell", TABLE, '"< 0.05"', '«"< many"'),
    Mistake("bad-value", TABLE, "otherwise: low", "otherwise: «lo", "did you mean low?"),
    Mistake("row-length", TABLE, '["0", "-", none]', '«["0", none]'),
    Mistake("segment-cycle", "segments.yaml", "valued: {customer.tier: gold}", "«valued: {segment: quiet}"),
    Mistake(
        "tier-order",
        "tiers.yaml",
        "- {id: gold, enter_top: 20 %, leave_top: 25 %}",
        "- «{id: gold, enter_top: 20 %, leave_top: 5 %}",
    ),
    Mistake("tier-values", "tiers.yaml", "- {id: gold,", "«- {id: golden,"),
]

TEXTS_AND_ACTIONS = [
    Mistake("bad-placeholder", ACTION, '"{customer.first_name|Hello}!"', '«"{customer.name|Hello}!"'),
    Mistake("bad-placeholder", ACTION, '"{customer.first_name|Hello}!"', '«"{customer.first_name|Hello!"'),
    Mistake("bad-placeholder", "channels.yaml", "{title: Hallo}", '{title: «"{customer.first_name}"}'),
    Mistake("text-too-long", ACTION, '{title: "Hallo"}', '{title: «"' + "o" * 31 + '"}'),
    Mistake("missing-language", ACTION, WEB_TEXT + "\n          de:", "«de:"),
    Mistake("missing-field", ACTION, '{title: "Hallo"}', '«{body: "Hallo"}'),
]

ALL = [*YAML, *SHAPE, *VALUES, *NAMES, *FACTS_AND_TABLES, *TEXTS_AND_ACTIONS]


def test_the_small_book_has_no_mistake() -> None:
    rulebook, findings = check_texts(BOOK)
    assert rulebook is not None
    assert findings == []


@pytest.mark.parametrize("mistake", ALL, ids=lambda m: f"{m.code} {m.new.strip()[:40]}")
def test_a_mistake_is_found_at_its_place_and_alone(mistake: Mistake) -> None:
    errors = [finding for finding in findings_of(mistake) if finding.severity is Severity.ERROR]
    assert [(str(f.place), f.code) for f in errors] == [(expected_place(mistake), mistake.code)], render(errors)
    if mistake.hint:
        assert errors[0].hint == mistake.hint


def errors_in(texts: Mapping[str, str | bytes]) -> list[tuple[str, str]]:
    """Place and code of every error."""
    return [(str(f.place), f.code) for f in check_texts(texts)[1] if f.severity is Severity.ERROR]


def test_a_table_without_otherwise_leaves_a_gap() -> None:
    assert errors_in(changed(TABLE, "otherwise: low\n", "")) == [(f"{TABLE}:1:1", "table-gap")]


def test_a_table_whose_last_row_takes_everything_needs_no_otherwise() -> None:
    assert errors_in(changed(TABLE, "otherwise: low\n", '  - ["-", "-", low]\n')) == []


def test_a_table_cannot_decide_a_built_in_fact() -> None:
    extra = TABLE_TEXT.replace("customer.churn_risk", "customer.tier")
    assert errors_in({**BOOK, "tables/x.yaml": extra.replace("table: churn_risk", "table: x")}) == [
        ("tables/x.yaml:2:10", "fact-computed-twice")
    ]


def test_two_tables_cannot_decide_the_same_fact() -> None:
    extra = TABLE_TEXT.replace("table: churn_risk", "table: x")
    assert errors_in({**BOOK, "tables/x.yaml": extra}) == [("tables/x.yaml:1:1", "duplicate-id")]


def test_tables_that_need_each_other_are_a_cycle() -> None:
    texts = changed(VOCABULARY, "counters:", PERSONA + "counters:")
    texts[TABLE] = TABLE_TEXT.replace("customer.orders", "customer.persona").replace('["0"', '["x"')
    texts["tables/persona.yaml"] = (
        "table: persona\ndecides: customer.persona\npick: first\n"
        "columns: [customer.churn_risk]\nrows: [[low, x]]\notherwise: none\n"
    )
    assert errors_in(texts) == [(f"{TABLE}:1:1", "table-cycle")]


def test_tables_come_in_the_order_in_which_they_use_each_other() -> None:
    texts = changed(VOCABULARY, "counters:", PERSONA + "counters:")
    texts["tables/a.yaml"] = (
        "table: persona\ndecides: customer.persona\npick: first\n"
        "columns: [customer.churn_risk]\nrows: [[low, x]]\notherwise: none\n"
    )
    rulebook, findings = check_texts(texts)
    assert rulebook is not None, render(findings)
    assert [table.id for table in rulebook.tables] == ["churn_risk", "persona"]


def test_an_action_and_a_group_cannot_share_a_name() -> None:
    texts = changed(ACTION, "group: care", "group: check-in")
    texts["contact_policy.yaml"] = "consent: {marketing: marketing}\n"
    assert errors_in(texts) == [(f"{ACTION}:5:12", "duplicate-id")]


def test_a_task_for_staff_needs_an_outbound_channel_without_a_link() -> None:
    found = errors_in(changed(ACTION, "kind: marketing", "kind: internal"))
    assert found == [(f"{ACTION}:15:18", "wrong-channel")]


def test_a_key_out_of_order_is_a_warning() -> None:
    text = RULES.replace("    owner: crm\n    trigger: [requested]\n", "    trigger: [requested]\n    owner: crm\n")
    rulebook, findings = check_texts({**BOOK, OPERATION: text})
    assert rulebook is not None
    assert [(str(f.place), f.code, f.severity) for f in findings] == [
        ("operation.yaml:24:5", "key-order", Severity.WARNING)
    ]


def test_a_live_text_that_lacks_a_language_is_a_warning() -> None:
    rulebook, findings = check_texts(changed(ACTION, '          de: {title: "Hallo"}\n', ""))
    assert rulebook is not None
    assert [(f.code, f.severity, f.message) for f in findings] == [
        ("missing-language", Severity.WARNING, "check-in on web has no text in de")
    ]


def test_an_unknown_currency_is_named() -> None:
    assert ("shop.yaml:2:11", "unknown-currency") in errors_in(changed("shop.yaml", "EUR", "EURO"))


def test_files_that_every_rulebook_needs_are_missed() -> None:
    found = errors_in({})
    assert found == [(f"{name}:1:1", "missing-file") for name in sorted(REQUIRED)]


def test_a_file_that_nothing_reads_is_an_error_with_a_hint() -> None:
    _, findings = check_texts({**BOOK, "operations.yaml": "rules: []\n"})
    assert [(str(f.place), f.code, f.hint) for f in findings] == [
        ("operations.yaml:1:1", "unknown-file", "did you mean operation.yaml?")
    ]


def test_a_file_in_a_folder_below_actions_is_an_error() -> None:
    assert errors_in({**BOOK, "actions/old/x.yaml": "actions: []\n"}) == [("actions/old/x.yaml:1:1", "unknown-file")]


def test_an_empty_file_is_an_error() -> None:
    assert errors_in({**BOOK, "service.yaml": "# later\n"}) == [("service.yaml:1:1", "empty-file")]


def test_a_file_over_one_megabyte_is_an_error() -> None:
    text = "rules: []\n" + "# filler\n" * 120_000
    assert errors_in({**BOOK, "service.yaml": text}) == [("service.yaml:1:1", "file-too-large")]


def test_a_file_that_is_not_utf_8_is_an_error_at_the_first_wrong_byte() -> None:
    text = "# Käse\nrules: [] # Käse\n".encode("latin-1").replace(b"# K\xe4se\n", "# Käse\n".encode(), 1)
    assert errors_in({**BOOK, "service.yaml": text}) == [("service.yaml:2:14", "not-utf-8")]


def test_a_file_that_cannot_be_read_does_not_make_its_names_unknown() -> None:
    assert errors_in({**BOOK, VOCABULARY: "facts: [\n"}) == [("vocabulary.yaml:2:1", "yaml-syntax")]


def test_all_mistakes_are_found_at_once() -> None:
    texts = book_with(operation=RULES.replace("at_least", "gte").replace("status: draft", "status: off"))
    texts["segments.yaml"] = BOOK["segments.yaml"].replace("customer.tier", "customer.teir")
    assert [code for _, code in errors_in(texts)] == ["unknown-operator", "unknown-word", "unknown-fact"]


def test_every_code_has_a_test_and_every_test_a_code() -> None:
    of_folders = {"missing-folder", "unreadable-file", "unread-file"}  # test_load.py
    unit = Path(__file__).parents[1]
    files = (*(unit / "rulebook").glob("test_*.py"), *(unit / "rule_tests").glob("test_*.py"))
    texts = "".join(path.read_text(encoding="utf-8") for path in files)
    tested = {mistake.code for mistake in ALL} | {code for code in CODES if f'"{code}"' in texts} | of_folders
    assert tested == set(CODES)


def test_every_code_in_the_source_is_explained() -> None:
    folders = [Path(package.__file__ or "").parent for package in (engine.rulebook, authoring.rule_tests)]
    source = "\n".join(path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.py"))
    used = set(re.findall(r'(?:error|warning|refuse)\(\s*"([a-z0-9-]+)"', source)) | set(
        re.findall(r'code="([a-z-]+)"', source)
    )
    kinds = re.findall(r'reading\.(?:all_)?known\("([a-z]+)"', source)
    assert used | {f"unknown-{kind}" for kind in kinds} <= set(CODES)
