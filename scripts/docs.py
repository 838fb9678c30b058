"""The pages in docs/ that are generated: `make docs` writes them, a test compares them with what would be written."""

import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click
import yaml

from authoring.remedies import REMEDIES
from cli.main import COMMANDS, main
from engine.rulebook.findings import CODES
from engine.rulebook.read.vocabulary import history_facts
from scripts import strategy

ROOT: Final = Path(__file__).resolve().parent.parent
NOTE: Final = "<!-- Written by `make docs`; change scripts/docs.py or what it reads, not this page. -->"

_HEADING = re.compile(r"^  # ---- (.+?) ----$")
_NAME = re.compile(r"^  ([a-z0-9_.]+): \{")


def errors() -> str:
    """docs/errors.md: every code that `patron check` can print."""
    parts = [
        "# Errors in rules",
        _text(
            "`patron check rules` reports all problems of a rulebook at once: file, line and column, error or warning,",
            "its code, a message, the line, and what to write instead. Warnings do not prevent publication. Warnings",
            "of the logic checks give an example customer.",
        ),
        _ERROR_EXAMPLE,
    ]
    for code, sentence in CODES.items():
        parts += [f"## {code}", _text(sentence, REMEDIES[code])]
    return _page(*parts)


_ERROR_EXAMPLE = """```
operation.yaml:201:29: error unknown-operator: gte is not an operator
          customer.spend_365d: {gte: 200}
                                ^
  did you mean at_least?
  docs/errors.md#unknown-operator
```"""


def facts() -> str:
    """docs/facts.md: every fact that a rule of the shipped rulebook may test."""
    text = (ROOT / "rules" / "vocabulary.yaml").read_text()
    declared = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - BaseLoader makes texts only, so `no` stays `no`
    parts = [
        "# Facts",
        _text(
            "The facts that rules may test, as declared in `rules/vocabulary.yaml`. The column *unknown* has the value",
            "without data: `never` is longer ago than any number of days; if it is `unknown`, no condition on the",
            "fact holds. See [your first rule](../rules/README.md) for conditions.",
        ),
    ]
    for heading, names in _sections(text):
        parts += [f"## {heading[0].upper()}{heading[1:]}", _fact_table(names, declared["facts"])]
    parts += [
        "## Counters",
        "Declare your own: count events of a type, or sum one of their properties, within a period.",
        _counter_table(declared["counters"]),
        "## History",
        "Contacts with this customer, for each action and each group by its ID. These facts need no declaration.",
        _history_table(),
        "## Whose days",
        _text(
            "A day begins at midnight and has 23 or 25 hours when the clock changes. `days_since_last_order` is 1 from",
            "the midnight after the order. If `zone` in shop.yaml changes, days that were counted stay as they are.",
        ),
        _table("days of", "facts", "elsewhere", rows=_WHOSE_DAYS),
    ]
    return _page(*parts)


_WHOSE_DAYS = (
    "| the shop's zone (`zone` in shop.yaml) | purchase days, `days_since_...`, `customer.known_days`, "
    "`customer.lapse_overdue_days` and the others about purchase intervals, counters, `times_shown_365d` "
    "| waits (`after:`), quotas |",
    "| the customer's zone as known now, else the shop's | `customer.birthday_in_days`, `time.hour`, `time.date`, "
    "`time.weekday` | `once: per year`, quiet hours, caps with `zone: customer` |",
    "| no zone: 24 hours each | `customer.contacts_30d`, `customer.ignored_share_90d`, `customer.spend_decayed`, "
    "`customer.value_score` | rolling caps, cooldowns, `expires` |",
)


def _sections(text: str) -> Iterator[tuple[str, list[str]]]:
    """The headings of vocabulary.yaml with the facts below them."""
    heading, names = "", list[str]()
    for line in text.partition("\ncounters:")[0].splitlines():
        if begins := _HEADING.match(line):
            if names:
                yield heading, names
            heading, names = begins.group(1), []
        elif named := _NAME.match(line):
            names.append(named.group(1))
    yield heading, names


def _fact_table(names: Iterable[str], declared: Mapping[str, Any]) -> str:
    rows = (
        f"| `{name}` | {_type(declared[name])} | {declared[name]['missing']} | {_example(declared[name])} "
        f"| {declared[name]['sentence']} |"
        for name in names
    )
    return _table("fact", "type", "unknown", "example", "meaning", rows=rows)


def _type(fact: Mapping[str, Any]) -> str:
    """The type, with the unit where it is not the type's name, and the values where they are listed."""
    unit = f", {fact['unit']}" if fact.get("unit", fact["type"]) != fact["type"] else ""
    return f"{fact['type']}{unit}" + (f": {', '.join(fact['values'])}" if "values" in fact else "")


def _example(fact: Mapping[str, Any]) -> str:
    example = fact["example"]
    return f"`[{', '.join(example)}]`" if isinstance(example, list) else f"`{example}`"


def _counter_table(counters: Mapping[str, Any]) -> str:
    rows = (
        f"| `{name}` | {_counted(counter)} | {counter['within']} | {_example(counter)} | {counter['sentence']} |"
        for name, counter in counters.items()
    )
    return _table("fact", "counts", "within", "example", "meaning", rows=rows)


def _counted(counter: Mapping[str, Any]) -> str:
    counted = f"sum of `{counter['sum']}`" if "sum" in counter else f"`{counter['count']}`"
    where = ", ".join(f"{name} is {value}" for name, value in counter.get("where", {}).items())
    return f"{counted} where {where}" if where else counted


def _history_table() -> str:
    rows = (
        f"| `{fact.name}` | {fact.type}{': ' if fact.values else ''}{', '.join(fact.values)} | {fact.missing} "
        f"| {fact.sentence} |"
        for fact in history_facts(["ID"]).values()
    )
    return _table("fact", "type", "unknown", "meaning", rows=rows)


def cli() -> str:
    """docs/cli.md: the help of every command."""
    summaries = {name: _summary(name) for name in COMMANDS}
    rows = (f"| [`patron {name}`](#patron-{name}) | {summary} |" for name, summary in summaries.items())
    parts = [
        "# The command `patron`",
        _text(
            "`make install` installs it as `.venv/bin/patron`. Exit codes: 0 success; 1 problems found, such as an",
            "error in a rule, a failed test, a difference, a refused event; 2 invalid arguments, an unreadable file,",
            "or a service that is not reachable.",
        ),
        _table("command", "purpose", rows=rows),
    ]
    for name in COMMANDS:
        parts += [f"## patron {name}", *(_help(*words) for words in _calls(name))]
    return _page(*parts)


def the_strategy() -> str:
    """docs/strategy.md: each statement of the strategy with what serves it."""
    statements = [one for section in strategy.sections() for one in section.statements]
    without_rules = [one.number for one in statements if not strategy.serving(one.number)]
    missing = ", ".join(strategy.gaps()) or "none"
    return _page(
        "# The strategy and its implementation",
        _text(
            f"The {len(statements)} statements of the strategy, each in one sentence, with the rules, facts, tables,",
            "settings and reports that serve it. A scenario is a test over months of one customer; each scenario",
            "listed here fails without the rules of its statement, as `patron test rules --without each` shows.",
        ),
        f"Statements without an implementation: {missing}. Statements without a rule: {', '.join(without_rules)}.",
        *strategy.parts(),
    )


def _calls(name: str) -> list[tuple[str, ...]]:
    """The command, and its subcommands."""
    command = main.get_command(click.Context(main), name)
    inner = command.list_commands(click.Context(command)) if isinstance(command, click.Group) else ()
    return [(name,), *((name, one) for one in sorted(inner))]


def _summary(name: str) -> str:
    command = main.get_command(click.Context(main), name)
    return command.short_help or "" if command else ""


def _help(*words: str) -> str:
    """From a process of its own: click remembers how a command was first asked for help."""
    ask = "import sys; from cli.main import main; main(sys.argv[1:], prog_name='patron', terminal_width=100)"
    command = [sys.executable, "-c", ask, *words, "--help"]
    shown = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603 - ours
    return "```text\n" + "\n".join(line.rstrip() for line in shown.rstrip().splitlines()) + "\n```"


def _text(*lines: str) -> str:
    return textwrap.fill(" ".join(lines), 120, break_on_hyphens=False, break_long_words=False)


def _table(*columns: str, rows: Iterable[str]) -> str:
    return "\n".join((f"| {' | '.join(columns)} |", "|---" * len(columns) + "|", *rows))


def _page(*parts: str) -> str:
    title, *rest = parts
    return "\n\n".join((title, NOTE, *rest)) + "\n"


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "errors.md": errors,
    "facts.md": facts,
    "cli.md": cli,
    "strategy.md": the_strategy,
}

if __name__ == "__main__":
    for page, written in PAGES.items():
        (ROOT / "docs" / page).write_text(written())
