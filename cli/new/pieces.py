"""New entries as text: complete and valid, with comments on the placeholders."""

from collections.abc import Sequence

from authoring.formatting.insert import scalar
from engine.domain.facts import Fact, FactType
from engine.rulebook.model import Rulebook
from engine.rulebook.offers import Channel


def rule_piece(name: str, title: str, serves: Sequence[str], owner: str, trigger: str, action: str, when: str) -> str:
    return f"""\
- id: {name}
  title: {scalar(title)}
  serves: [{", ".join(serves)}]
  status: draft            # then shadow (evaluated, never shown), then live
  owner: {scalar(owner)}
  trigger: [{trigger}]
  when:                    # all of this must hold
    {when}
  recommend:
    action: {action}
"""


def test_piece(title: str, at: str, asks: Sequence[str], given: str, expect: str) -> str:
    lines = [f"- test: {scalar(title)}", f"  given: {given}", f"  at: {at}", *(f"  {line}" for line in asks)]
    return "\n".join([*lines, f"  expect: {expect}"]) + "\n"


def action_piece(book: Rulebook, name: str, title: str, kind: str, group: str, value: str, channel: Channel) -> str:
    code = book.shop.currency.code
    texts = "\n".join(f"        {language}: {_text(channel, title)}" for language in book.shop.languages)
    mandatory = "  cooldown: 365 days         # minimum time between two\n" if kind == "mandatory" else ""
    return f"""\
- action: {name}
  title: {scalar(title)}
  kind: {kind}
  group: {group}
  effect: {{type: none}}
  value: {value}           # margin gained when the action is accepted
  cost: {{per_contact: 0 {code}, per_acceptance: 0 {code}}}
  propensity: 5 %          # chance of acceptance, an estimate until it is measured
{mandatory}  limits: {{per_customer: 3 in 365 days}}
  expires: 7 days
  treatments:
    - channel: {channel.id}
      texts:
{texts}
"""


def _text(channel: Channel, title: str) -> str:
    """Every required field of the channel, up to its maximum length."""
    plain = title.replace("{", "(").replace("}", ")")
    fields = ((field.name, plain[: field.max_length]) for field in channel.fields if field.required)
    return "{" + ", ".join(f"{name}: {scalar(text)}" for name, text in fields) + "}"


def table_piece(name: str, decides: str, columns: Sequence[str], values: Sequence[str]) -> str:
    dashes = ", ".join('"-"' for _ in columns)
    rows = "\n".join(f"  - [{dashes}, {scalar(value)}]" for value in values[:1])
    return f"""\
table: {name}
decides: {decides}
pick: first
columns: [{", ".join(columns)}]
rows:                      # a cell is -, a value, a, b, >= 5, [1..5), not(a)
{rows}
otherwise: {scalar(values[-1])}
"""


def fact_piece(name: str, values: Sequence[str], table: str) -> str:
    words = ", ".join(scalar(value) for value in values)
    said = f"{{type: text, values: [{words}], missing: unknown, example: {scalar(values[0])}"
    return f'{name}: {said}, sentence: "Decided by tables/{table}.yaml"}}\n'


def likely_condition(book: Rulebook) -> str:
    """An example condition, on a fact that nearly every shop has."""
    for name in ("customer.orders", *book.vocabulary):
        fact = book.vocabulary.get(name)
        if fact is not None:
            return f"{name}: {_holds(fact, book)}"
    return "{}"


def _holds(fact: Fact, book: Rulebook) -> str:
    match fact.type:
        case FactType.COUNT | FactType.DAYS | FactType.NUMBER if fact.unit != "%":
            return "{at_least: 1}"
        case FactType.MONEY:
            return f"{{at_least: 1 {book.shop.currency.code}}}"
        case _:
            return "{known: yes}"
