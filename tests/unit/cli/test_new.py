"""`patron new`: pieces that are right from the beginning, and files that keep what they had."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from authoring.checking import load
from engine.rulebook.model import Recommend
from tests.support.commands import folder_of, patron, rules_copied
from tests.support.small_book import BOOK

TESTS = """\
tests:
  - test: Somebody who asks   # and why
    at: 2026-03-02T10:00:00+01:00
    expect: {none: []}
personas: {}
"""
RULE = ("--id", "call-who-is-quiet", "--serves", "S41", "--recommend", "check-in")
PIECES = {
    "rule": RULE,
    "action": ("--id", "spring-letter", "--group", "news", "--channel", "email"),
    "test": ("--rule", "no-price-cuts-yet"),
    "segment": ("--id", "loyal", "--when", "customer.orders: {at_least: 5}"),
    "table": ("--id", "season", "--column", "customer.orders", "--value", "high", "--value", "low"),
}


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "rules", {**BOOK, "tests/operation.yaml": TESTS})


def texts(folder: Path) -> Mapping[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*.yaml")}


def some_rule(folder: Path) -> str:
    return next(iter(load(folder).rules))


@pytest.mark.parametrize("what", PIECES)
def test_a_new_piece_passes_check_and_leaves_the_rest_as_it_was(rules: Path, what: str) -> None:
    before = texts(rules)
    options = ("--rule", some_rule(rules)) if what == "test" else PIECES[what]
    shown = patron("new", what, *options, "--rules", rules)
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert "0 errors" in patron("check", rules).stdout
    after = texts(rules)
    changed = {name for name in after if after[name] != before.get(name)}
    assert {rules / name for name in changed} == {Path(line) for line in shown.stdout.splitlines()}
    for name in changed & before.keys():
        lines = after[name].splitlines()
        kept = [line for line in before[name].splitlines() if line.strip()]
        assert [line for line in kept if line not in lines] == []


@pytest.mark.parametrize("what", PIECES)
def test_the_shipped_rulebook_takes_one_too_and_stays_in_order(tmp_path: Path, what: str) -> None:
    copied = rules_copied(tmp_path / "rules")
    book = load(copied)
    options = {
        "rule": ("--id", "a-new-one", "--serves", "S41", "--recommend", next(iter(book.actions))),
        "test": ("--rule", next(name for name, rule in book.rules.items() if isinstance(rule.then, Recommend))),
    }.get(what, PIECES[what])
    assert patron("new", what, *options, "--rules", copied).exit_code == 0
    shown = patron("fmt", "--check", copied)
    assert shown.stdout.startswith("0 files would change"), shown.stdout
    assert "0 errors" in patron("check", copied).stdout


def test_a_new_rule_is_a_draft_with_a_test_that_passes(rules: Path) -> None:
    patron("new", "rule", *RULE, "--title", "Who is quiet: called", "--rules", rules)
    rule = load(rules).rules["call-who-is-quiet"]
    assert (rule.status, rule.title, rule.serves) == ("draft", "Who is quiet: called", ("S41",))
    shown = patron("test", rules, "--run", "Who is quiet")
    assert (shown.exit_code, "1 passed" in shown.stdout) == (0, True)
    assert "when it is live: {first: check-in, rule: call-who-is-quiet}" in texts(rules)["tests/operation.yaml"]


def test_a_rule_goes_where_what_it_serves_belongs(rules: Path) -> None:
    patron("new", "rule", "--id", "a", "--serves", "S10", "--recommend", "check-in", "--rules", rules)
    patron("new", "rule", "--id", "b", "--serves", "S3", "--recommend", "check-in", "--rules", rules)
    places = {name: rule.place.file for name, rule in load(rules).rules.items() if rule.place}
    assert (places["a"], places["b"]) == ("connection.yaml", "operation.yaml")


def test_a_test_of_a_live_rule_says_what_is_to_be_filled_in(rules: Path) -> None:
    name = some_rule(rules)
    patron("new", "test", "--rule", name, "--title", "It wins", "--rules", rules)
    shown = patron("test", rules, "--run", "It wins")
    assert shown.exit_code == 1
    assert f"{name} " in shown.stdout
    assert "not matched" in shown.stdout


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (("rule", "--id", "x", "--serves", "S41", "--recommend", "chek-in"), "did you mean check-in?"),
        (("rule", "--id", "x", "--serves", "S99", "--recommend", "check-in"), "there is no statement S99"),
        (("rule", "--serves", "S41"), "--id is missing: permanent id"),
        (("rule", "--id", "no-price-cuts", "--serves", "S4", "--recommend", "check-in"), "exists already"),
        (("action", "--id", "check-in"), "exists already"),
        (("segment", "--id", "valued"), "exists already"),
        (("table", "--id", "churn_risk"), "exists already"),
        (("table", "--id", "new", "--decides", "customer.orders"), "customer.orders is declared already"),
        (("table", "--id", "new", "--column", "customer.ordrs"), "did you mean customer.orders?"),
        (("test", "--rule", "nobody"), "there is no rule nobody"),
        (("test", "--rule", "no-price-cuts"), "no-price-cuts recommends nothing"),
        (("action", "--id", "x", "--kind", "internal"), "no channel fits an action of kind internal"),
    ],
)
def test_a_wrong_call_is_told_and_nothing_is_written(rules: Path, call: tuple[str, ...], said: str) -> None:
    before = texts(rules)
    shown = patron("new", *call, "--rules", rules)
    assert (shown.exit_code, said in shown.stderr) == (2, True), shown.stderr
    assert texts(rules) == before


def test_what_would_be_an_error_is_not_written(rules: Path) -> None:
    before = texts(rules)
    shown = patron("new", "segment", "--id", "x", "--when", "customer.orders: {gte: 1, lte: no}", "--rules", rules)
    assert (shown.exit_code, " error " in shown.stderr) == (1, True)
    assert texts(rules) == before


def test_a_rulebook_with_errors_is_put_right_first(rules: Path) -> None:
    (rules / "shop.yaml").write_text("currency: EUR\n")
    shown = patron("new", "rule", *RULE, "--rules", rules)
    assert (shown.exit_code, "missing-key" in shown.stderr) == (1, True)


def test_every_rule_that_recommends_can_have_a_test_more(tmp_path: Path) -> None:
    copied = rules_copied(tmp_path / "rules")
    rules = [rule for rule in load(copied).rules.values() if isinstance(rule.then, Recommend)]
    for rule in {rule.trigger[0].name: rule for rule in rules}.values():
        assert patron("new", "test", "--rule", rule.id, "--rules", copied).exit_code == 0, rule.id


def test_print_writes_nothing(rules: Path) -> None:
    before = texts(rules)
    shown = patron("new", "rule", *RULE, "--print", "--rules", rules)
    assert shown.stdout.startswith("- id: call-who-is-quiet\n  title: ")
    assert texts(rules) == before


def test_machines_get_the_files(rules: Path) -> None:
    told = json.loads(patron("new", "segment", *PIECES["segment"], "--json", "--rules", rules).stdout)
    assert told["written"] == ["segments.yaml"]
    assert told["files"]["segments.yaml"] == (rules / "segments.yaml").read_text()


@pytest.mark.parametrize("text", ["rules: []\n", "rules: []   # none yet\n", "rules:\n", "# nothing yet\n", ""])
def test_the_first_rule_of_a_file_takes_the_place_of_nothing(rules: Path, text: str) -> None:
    patron("new", "rule", "--id", "a", "--serves", "S10", "--recommend", "check-in", "--rules", rules)
    assert "a" in load(rules).rules
    written = (rules / "connection.yaml").read_text()
    (rules / "service.yaml").write_text("rules: []   # none yet\n")
    patron("new", "rule", "--id", "b", "--serves", "S50", "--recommend", "check-in", "--rules", rules)
    assert "b" in load(rules).rules
    assert "# none yet\n" in (rules / "service.yaml").read_text()
    assert written == (rules / "connection.yaml").read_text()


def test_a_list_in_brackets_is_left_for_its_author(rules: Path) -> None:
    (rules / "segments.yaml").write_text("segments: {valued: {customer.tier: gold}, quiet: {customer.orders: 1}}\n")
    shown = patron("new", "segment", "--id", "x", "--rules", rules)
    assert (shown.exit_code, "is written in brackets" in shown.stderr) == (2, True)


# ---- a whole rulebook ----


@pytest.mark.parametrize(
    "options",
    [(), ("--currency", "JPY", "--zone", "Asia/Tokyo", "--name", "Shop: one #1"), ("--currency", "KWD")],
    ids=" ".join,
)
def test_a_new_rulebook_is_green_at_once(tmp_path: Path, options: tuple[str, ...]) -> None:
    shop = tmp_path / "shop"
    assert patron("new", "rulebook", shop, *options).exit_code == 0
    assert "0 errors, 0 warnings; 1 rule" in patron("check", shop / "rules", "--strict").stdout
    assert "2 passed, 0 failed" in patron("test", shop / "rules").stdout
    assert patron("fmt", "--check", shop / "rules").exit_code == 0
    for name in (".pre-commit-config.yaml", ".github/workflows/rules.yml", "README.md", ".patron/schemas"):
        assert (shop / name).exists()
    for path in (shop / "rules").rglob("*.yaml"):
        first = path.read_text().splitlines()[0].rpartition("=")[2]
        assert (path.parent / first).is_file()


def test_a_new_rulebook_takes_new_pieces(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    patron("new", "rulebook", tmp_path / "shop")
    rules = tmp_path / "shop" / "rules"
    assert (
        patron("new", "rule", "--id", "b", "--serves", "S10", "--recommend", "welcome-back", "--rules", rules).exit_code
        == 0
    )
    first = (rules / "connection.yaml").read_text().splitlines()[0]
    assert (rules / first.rpartition("=")[2]).is_file()


@pytest.mark.parametrize(
    ("options", "said"),
    [(("--currency", "EURO"), "EURO is not a currency"), (("--zone", "Berlin"), "Berlin is not a time zone")],
)
def test_a_currency_and_a_zone_must_be_real(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    shown = patron("new", "rulebook", tmp_path / "shop", *options)
    assert (shown.exit_code, said in shown.stderr, (tmp_path / "shop").exists()) == (2, True, False)


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "notes.txt").touch()
    assert "is not empty; name a new folder" in patron("new", "rulebook", tmp_path / "shop").stderr
