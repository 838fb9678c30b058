"""docs/strategy.md: each statement of the strategy with what serves it: the rulebook, and strategy.source.yaml."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from authoring.checking import load
from authoring.rule_tests.running import missed, run_test
from authoring.rule_tests.without import Missed
from cli.rulebook_folder import load_tests
from engine.compiled.rulebook import Compiled, prepare
from engine.rulebook.model import Recommend, Rule, Rulebook
from engine.rulebook.reference import ReferenceMatcher

ROOT: Final = Path(__file__).resolve().parent.parent
RULES: Final = ROOT / "rules"
SOURCE: Final = ROOT / "docs" / "strategy.source.yaml"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, and what serves it besides rules; see the head of strategy.source.yaml."""

    number: str
    says: str
    facts: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    http: tuple[str, ...] = ()

    @property
    def is_served(self) -> bool:
        """Whether anything besides rules serves it."""
        return any((self.facts, self.tables, self.files, self.commands, self.http))


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    statements: tuple[Statement, ...] = field(default=())


@cache
def sections() -> tuple[Section, ...]:
    """The statements as strategy.source.yaml has them."""
    told: Mapping[str, Any] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return tuple(
        Section(
            one["title"],
            tuple(
                Statement(number, said["says"], **{key: tuple(said[key]) for key in said if key != "says"})
                for number, said in one["statements"].items()
            ),
        )
        for one in told["sections"]
    )


@cache
def shipped() -> Compiled:
    """The shipped rules, on the matcher that is there everywhere."""
    book = load(RULES)
    return prepare(book, ReferenceMatcher(book))


@cache
def tested() -> Mapping[str, Missed]:
    """By statement: its rules, and the tests and scenarios that fail without them."""
    compiled = shipped()
    tests, _ = load_tests(RULES, compiled.rulebook)
    return {one.statement: one for one in missed([run_test(test, compiled) for test in tests], compiled)}


def serving(number: str) -> list[Rule]:
    """The rules that serve this statement, live ones first."""
    rules = [rule for rule in shipped().rulebook.rules.values() if number in rule.serves]
    return sorted(rules, key=lambda rule: (rule.status != "live", rule.id))


def gaps() -> list[str]:
    """The statements that nothing serves."""
    return [one.number for part in sections() for one in part.statements if not (one.is_served or serving(one.number))]


def parts() -> Iterator[str]:
    """The sections of the page."""
    for section in sections():
        yield f"## {section.title}"
        for statement in section.statements:
            yield f"### {statement.number}"
            yield statement.says
            yield "\n".join(f"- {line}" for line in _lines(statement)) or "**Nothing serves it yet.**"


def _lines(statement: Statement) -> Iterator[str]:
    book, rules = shipped().rulebook, serving(statement.number)
    for rule in rules:
        experiment = "" if rule.status == "live" else f" ({rule.status})"
        yield f"rule [`{rule.id}`](../rules/{rule.place.file if rule.place else ''}): {rule.title}{experiment}"
    if actions := sorted({rule.then.action for rule in rules if isinstance(rule.then, Recommend)}):
        yield f"actions: {_listed(actions)}"
    if statement.tables:
        yield f"tables: {', '.join(_table(name, book) for name in statement.tables)}"
    if statement.facts:
        yield f"[facts](facts.md): {_listed(statement.facts)}"
    if statement.files:
        yield "settings: " + ", ".join(f"[`{name}`](../rules/{name})" for name in statement.files)
    if statement.commands:
        yield "commands: " + ", ".join(_command(name) for name in statement.commands)
    if statement.http:
        yield f"[HTTP](api.md): {_listed(statement.http)}"
    yield from _scenarios(statement.number)


def _scenarios(number: str) -> Iterator[str]:
    found = tested().get(number)
    if found is None:
        return
    for scenario in sorted(found.scenarios, key=lambda scenario: scenario.test.name):
        yield f"scenario: [{scenario.test.name}](../rules/{scenario.test.place.file})"
    if others := len(found.failed) - len(found.scenarios):
        yield f"{others} more {'test fails' if others == 1 else 'tests fail'} without these rules"


def _table(name: str, book: Rulebook) -> str:
    table = next(table for table in book.tables if table.id == name)
    return f"[`{name}`](../rules/{table.place.file if table.place else ''})"


def _command(name: str) -> str:
    return f"[`patron {name}`](cli.md#patron-{name.partition(' ')[0]})"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
