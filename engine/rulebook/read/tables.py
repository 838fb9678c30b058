"""tables/*.yaml: decision tables, one per file, in the order in which they can be evaluated."""

import operator
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from engine.domain.facts import NEVER, Constant, Fact, FactType, Missing, Value
from engine.domain.money import Currency
from engine.rulebook.condition import AllOf, AnyOf, Compare, Condition, Expected, Op
from engine.rulebook.findings import Place
from engine.rulebook.model import Row, Table
from engine.rulebook.read.context import Context, in_order_of_use
from engine.rulebook.read.fields import Fields, Ids, list_of, wrong_type
from engine.rulebook.read.words import PICK_SYNONYMS, PICKS
from engine.rulebook.source import ListNode, Node, Scalar
from engine.rulebook.values import BadValue, parse_value

# ---- Cells of decision tables: the unary tests of DMN as conditions on the column's fact ----
#
#     -   gold   platinum, gold   >= 5   < 60 EUR   [0.7..1.0)   ]1..2[   not(a, [2..5])   "a text, quoted"   yes   true
#     date("2026-12-24")   2026-12-24   null
#
# `null`, `never` and `unknown` hold where the value is not known. As everywhere, every other test of a value that is
# not known does not hold, `not(...)` either.


_COMPARISON: Final = re.compile(r"(>=|<=|>|<)\s*(.*)", re.DOTALL)
_RANGE: Final = re.compile(r"([\[\](])(.*?)\.\.(.*)([\[\])])", re.DOTALL)
_QUOTED: Final = re.compile(r"\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_NOT: Final = re.compile(r"not\s*\((.*)\)", re.DOTALL)
_AMOUNT: Final = re.compile(r"[-+]?[0-9.]+\s*(\D*)")
_DATE: Final = re.compile(r"(?:date\s*\(\s*\"([^\"]*)\"\s*\)|@\"([^\"]*)\")")
_BARE_FRACTION: Final = re.compile(r"^([-+]?)(?=\.[0-9])")
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t"}
_PART: Final = re.compile(r"((?:\"(?:[^\"\\]|\\.)*\"|[^,\"])*)(,|\Z)", re.DOTALL)
_NOT_KNOWN: Final = frozenset({"null", "never", "unknown"})
_WHOLE: Final = frozenset({FactType.COUNT, FactType.MONEY, FactType.DAYS})
ORDERED: Final = _WHOLE | {FactType.NUMBER, FactType.DATE}
"""The types of facts whose values are smaller and larger than others."""
_OPS: Final = {">=": Op.AT_LEAST, ">": Op.MORE_THAN, "<=": Op.AT_MOST, "<": Op.LESS_THAN}
_OPPOSITES: Final = {
    Op.AT_LEAST: Op.LESS_THAN,
    Op.MORE_THAN: Op.AT_MOST,
    Op.AT_MOST: Op.MORE_THAN,
    Op.LESS_THAN: Op.AT_LEAST,
}
_MISSPELT: Final = {
    "<<": "write <",
    ">>": "write >",
    "=>": "write >=",
    "=<": "write <=",
    "≥": "write >=",
    "≤": "write <=",
    "!": "write not(...)",
    "<>": "write not(...)",
    "=": "write the value alone",
    "?": "write the test alone: it is about the fact of its column",
    "–": "write - (the plain hyphen)",
    "—": "write - (the plain hyphen)",
    "“": 'write "..." with plain quotes',
    "”": 'write "..." with plain quotes',
    "„": 'write "..." with plain quotes',
}
_TRUTHS: Final = {"true": "yes", "false": "no", "TRUE": "yes", "FALSE": "no"}
"""As DMN writes them, and what spreadsheets make of that."""


def parse_cell(text: str, fact: Fact, currency: Currency, place: Place | None = None) -> Condition | None:
    """The condition that a cell of this fact's column says, None for "-". BadValue (a ValueError) for a wrong one."""
    cell = text.strip()
    if cell == "-":
        return None
    if not cell:
        raise BadValue("the cell is empty", "write - for any value")
    negated = _NOT.fullmatch(cell)
    column = _Column(fact, currency, place)
    tests = [column.test(part) for part in _parts(negated[1] if negated else cell)]
    return column.none(tests) if negated else column.any(tests)


def _parts(text: str) -> list[str]:
    """Split at the commas outside quotes."""
    parts: list[str] = []
    end, more = 0, True
    while more:
        found = _PART.match(text, end)
        if not found:
            raise BadValue(f"{text}: a quote is not closed", 'write "..." around a text')
        parts.append(found[1].strip())
        end, more = found.end(), found[2] == ","
    if "" in parts:
        raise BadValue(f"{text}: a value is missing", "write a, b without a comma at the end")
    return parts


@dataclass(frozen=True, slots=True)
class _Equal:
    """A value written alone."""

    value: Constant


_Test = _Equal | Condition


@dataclass(frozen=True, slots=True)
class _Column:
    """The fact that the cells are about, and how its values are read."""

    fact: Fact
    currency: Currency
    place: Place | None

    def any(self, tests: Sequence[_Test]) -> Condition:
        """At least one of the tests."""
        values = tuple(test.value for test in tests if isinstance(test, _Equal))
        others = [test for test in tests if not isinstance(test, _Equal)]
        if self.fact.type is FactType.SET:
            equal = self._listed(Op.HAS, Op.HAS_ANY, values)
        else:
            equal = self._listed(Op.IS, Op.ONE_OF, values)
        return _grouped(AnyOf, [*equal, *others])

    def none(self, tests: Sequence[_Test]) -> Condition:
        """The value is known and none of the tests holds; or it is known, where the test is for not known."""
        values = tuple(test.value for test in tests if isinstance(test, _Equal))
        others = [self._opposite(test) for test in tests if not isinstance(test, _Equal)]
        if self.fact.type is FactType.SET:
            equal = self._listed(Op.HAS_NONE, Op.HAS_NONE, values)
        else:
            equal = self._listed(Op.IS_NOT, Op.NONE_OF, values)
        return _grouped(AllOf, [*equal, *others])

    def _listed(self, one: Op, several: Op, values: tuple[Constant, ...]) -> list[Condition]:
        if not values:
            return []
        single = len(values) == 1 and one is not several
        return [self._compare(one, values[0]) if single else self._compare(several, values)]

    def _compare(self, op: Op, value: Expected) -> Compare:
        return Compare(self.fact.name, op, value, self.place)

    def _opposite(self, condition: Condition) -> Condition:
        """Holds for the known values for which the condition does not."""
        match condition:
            case Compare(_, Op.KNOWN):
                return self._compare(Op.KNOWN, True)
            case Compare(_, Op.BETWEEN, (low, high)):
                return AnyOf((self._compare(Op.LESS_THAN, low), self._compare(Op.MORE_THAN, high)))
            case Compare(_, op, bound):
                return self._compare(_OPPOSITES[op], bound)
            case AllOf(items):
                return AnyOf(tuple(self._opposite(item) for item in items))
            case _:
                raise TypeError(f"a cell has no {condition}")

    def test(self, text: str) -> _Test:
        """One of the parts between commas."""
        if text in _NOT_KNOWN and text not in self.fact.values:
            return self._compare(Op.KNOWN, False)
        if quoted := _QUOTED.fullmatch(text):
            return _Equal(self._text(_plain(quoted[1])))
        if text == "-" or _NOT.fullmatch(text):
            raise self._wrong(text, "- and not(...) stand for the whole cell", "give them a row of their own")
        for spelling, hint in _MISSPELT.items():
            if text.startswith(spelling):
                raise self._wrong(text, "unknown comparison", hint)
        if found := _COMPARISON.fullmatch(text):
            self._check_ordered(text)
            return self._compare(_OPS[found[1]], self._bound(found[2]))
        if text[0] in "[](":
            self._check_ordered(text)
            return self._range(text)
        if ".." in text and self.fact.type in ORDERED:
            return self._range(text)
        return _Equal(self._value(text))

    def _range(self, text: str) -> Condition:
        found = _RANGE.fullmatch(text)
        if not found:
            raise self._wrong(text, "not a range", "write [1..5], or [1..5) to exclude 5")
        opening, first, last, closing = (part.strip() for part in found.groups())
        unit = _AMOUNT.fullmatch(last)
        bare = _AMOUNT.fullmatch(first)
        if unit and bare and not bare[1]:
            first = f"{first} {unit[1]}".strip()
        low, high = self._bound(first), self._bound(last)
        if self._is_empty(opening, low, high, closing):
            raise self._wrong(text, "no value lies in it", "write the smaller bound first, and [ ] to include a bound")
        if opening == "[" and closing == "]":
            return self._compare(Op.BETWEEN, (low, high))
        return AllOf(
            (
                self._compare(Op.AT_LEAST if opening == "[" else Op.MORE_THAN, low),
                self._compare(Op.AT_MOST if closing == "]" else Op.LESS_THAN, high),
            )
        )

    def _is_empty(self, opening: str, low: Constant, high: Constant, closing: str) -> bool:
        open_ends = (opening != "[") + (closing != "]")
        if self.fact.type in _WHOLE and isinstance(low, int) and isinstance(high, int):
            return high - low < open_ends
        return bool(operator.gt(low, high) or (low == high and open_ends))

    def _bound(self, text: str) -> Constant:
        value = self._value(text)
        if value == NEVER:
            raise self._wrong(text, "never cannot be a bound", "write never alone, or omit the bound")
        return value

    def _value(self, text: str) -> Constant:
        if self.fact.type is FactType.BOOLEAN:
            text = _TRUTHS.get(text, text)
        elif self.fact.type is FactType.DATE and (found := _DATE.fullmatch(text)):
            text = found[1] or found[2] or ""
        elif self.fact.type is FactType.NUMBER or self.fact.type in _WHOLE:
            text = _BARE_FRACTION.sub(r"\g<1>0", text, count=1)
        return parse_value(text, self.fact, self.currency)

    def _text(self, text: str) -> Constant:
        if self.fact.type not in (FactType.TEXT, FactType.SET):
            raise self._wrong(f'"{text}"', "quotes are for texts", "omit them")
        return parse_value(text, self.fact, self.currency)

    def _check_ordered(self, text: str) -> None:
        if self.fact.type not in ORDERED:
            raise self._wrong(text, f"a {self.fact.type} has no order", 'write values: a, b (or "..." if it is a text)')

    def _wrong(self, text: str, reason: str, hint: str) -> BadValue:
        return BadValue(f"{text}: {reason}", hint)


def _plain(quoted: str) -> str:
    """The text between quotes; two escapes may make one character, half of one is none."""
    return _ESCAPE.sub(_character, quoted).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(found: re.Match[str]) -> str:
    code = found[1]
    return chr(min(int(code[1:], 16), 0x10FFFF)) if len(code) > 1 else _ESCAPES.get(code, code)


def _grouped(group: type[AllOf] | type[AnyOf], items: Sequence[Condition]) -> Condition:
    return items[0] if len(items) == 1 else group(tuple(items))


UNKNOWN: Final = "unknown"
"""As an output: the fact stays unknown."""


def read_tables(context: Context, nodes: Iterable[Node], computed: Collection[str]) -> tuple[Table, ...]:
    """`computed`: facts that are built in or counted, which no table may decide."""
    before = len(context.report.findings)
    ids, decided = Ids(context.report, "table"), Ids(context.report, "output")
    tables, without_otherwise = list[Table](), set[str]()
    for node in nodes:
        table, has_otherwise = _table(context, node, computed)
        ids.add(table.id, node.place)
        decided.add(table.decides, node.place)
        tables.append(table)
        if not has_otherwise:
            without_otherwise.add(table.id)
    ordered = _ordered(context, tables)
    if (
        context.check_tables is not None and len(context.report.findings) == before
    ):  # else rows are not as they should be
        context.check_tables(context, ordered, without_otherwise)
    return ordered


def _ordered(context: Context, tables: Collection[Table]) -> tuple[Table, ...]:
    by_output = {table.decides: table for table in tables}
    order, circle = in_order_of_use({table.decides: table.columns for table in by_output.values()})
    if circle:
        place = by_output[circle[0]].place
        assert place is not None
        message = f"tables depend on each other's outputs: {' -> '.join(circle)}"
        context.report.error("table-cycle", place, message, "change one of them to use other facts")
    return tuple(by_output[name] for name in order)


@dataclass(frozen=True, slots=True)
class _Output:
    """How outputs are read: for which fact, with which pick ("": a wrong one was written)."""

    fact: Fact | None
    pick: str


def _table(context: Context, node: Node, computed: Collection[str]) -> tuple[Table, bool]:
    """The table, and whether it says what is given otherwise."""
    before = len(context.report.findings)
    keys = ("table", "decides", "pick", "columns", "rows")
    fields = Fields(context.report, node, "a table", keys, ("order", "otherwise"))
    decides = fields.text("decides")
    output = _Output(_decided(context, decides, fields.place_of("decides"), computed), _pick(context, fields))
    _check_pick(context, fields, output)
    columns = fields.placed_texts("columns", at_least=1)
    facts = [context.fact(name, place) for name, place in columns]
    rows = tuple(
        _row(context, item, facts, output, number) for number, item in enumerate(fields.items("rows", at_least=1), 1)
    )
    table = Table(
        id=fields.id("table", underscores=True),
        decides=decides,
        pick=output.pick,
        columns=tuple(name for name, _ in columns),
        rows=rows,
        otherwise=_otherwise(context, fields.node("otherwise"), output),
        place=node.place,
        order=_order(context, fields, output),
    )
    if table.pick == "priority" and len(context.report.findings) == before:
        _check_order(context, table)
    return table, "otherwise" in fields


def _decided(context: Context, name: str, place: Place, computed: Collection[str]) -> Fact | None:
    fact = context.fact(name, place) if name else None
    if name in computed:
        message = f"{name} is already computed; a table cannot set it"
        context.report.error("fact-computed-twice", place, message)
        return None
    return fact


def _pick(context: Context, fields: Fields) -> str:
    node = fields.node("pick")
    if isinstance(node, Scalar) and (meant := PICK_SYNONYMS.get(node.raw.lower())):
        context.report.error("unknown-word", node.place, f"{node.raw} is not possible here", f"did you mean {meant}?")
        return ""
    return fields.word("pick", PICKS)


def _check_pick(context: Context, fields: Fields, output: _Output) -> None:
    fact, pick = output.fact, output.pick
    if fact is None or not pick:
        return
    if (fact.type is FactType.SET) != (pick == "all"):
        message = f"{fact.name} is {'a set' if fact.type is FactType.SET else 'no set'}"
        hint = "pick: all collects the outputs of all matching rows in a set; the others return one value"
        context.report.error("unknown-word", fields.place_of("pick"), message, hint)
    elif pick in ("lowest", "highest") and fact.type not in ORDERED:
        message = f"{fact.name} is {fact.type}: none of its values is the {pick}"
        hint = "write pick: priority, and order: with the outputs, highest priority first"
        context.report.error("unknown-word", fields.place_of("pick"), message, hint)


def _order(context: Context, fields: Fields, output: _Output) -> tuple[Value, ...]:
    """The outputs, each once, the one that goes before all others first."""
    if output.pick != "priority":
        if "order" in fields and output.pick:
            hint = "delete it, or write pick: priority"
            context.report.error("unknown-key", fields.key_place("order"), "order belongs to pick: priority", hint)
        return ()
    if "order" not in fields:
        hint = "order: [high, low] returns high where rows with high and rows with low match"
        context.report.error("missing-key", fields.place, "pick: priority needs the key order", hint)
        return ()
    found: dict[Value, Place] = {}
    for node in fields.items("order", at_least=1):
        value = _output(context, node, output)
        if value in found:
            context.report.error("duplicate-id", node.place, f"order already lists this output at {found[value]}")
        found.setdefault(value, node.place)
    return tuple(found)


def _check_order(context: Context, table: Table) -> None:
    for number, row in enumerate(table.rows, start=1):
        if row.output not in table.order and row.place is not None:
            message = f"row {number}: order does not list its output"
            context.report.error("bad-value", row.place, message, "add the output to order:")


def _otherwise(context: Context, node: Node | None, output: _Output) -> Value:
    if output.pick != "all":
        return None if node is None else _output(context, node, output)
    items = node.items if isinstance(node, ListNode) else [] if node is None else [node]
    return frozenset(str(_output(context, item, output)) for item in items)


def _row(context: Context, node: Node, columns: Sequence[Fact | None], output: _Output, number: int) -> Row:
    items = list_of(context.report, node, "a row (a list)")
    if isinstance(node, ListNode) and len(items) != len(columns) + 1:
        message = f"row {number}: {len(items)} cells; this table has {len(columns)} columns and an output"
        context.report.error("row-length", node.place, message)
        return Row((), None, node.place)
    cells = tuple(
        _cell(context, item, fact, (number, at))
        for at, (item, fact) in enumerate(zip(items, columns, strict=False), start=1)
    )
    value = _output(context, items[-1], output, f"row {number}: ") if items else None
    if value is None and items and output.pick in ("lowest", "highest") and output.fact is not None:
        context.report.error("bad-value", items[-1].place, f"row {number}: what is unknown is not the {output.pick}")
    return Row(cells, value, node.place)


def cell_name(row: int, column: int, fact: str) -> str:
    """How messages name a cell; both are counted from 1."""
    return f"row {row}, column {column} ({fact}): "


def _cell(context: Context, node: Node, fact: Fact | None, at: tuple[int, int]) -> Condition | None:
    if fact is None:
        return None
    name = cell_name(*at, fact.name)
    if not isinstance(node, Scalar) or node.value is None:
        wrong_type(context.report, node, f"{name}a cell", 'a dash ("-") matches everything')
        return None
    try:
        return parse_cell(node.raw, fact, context.currency, node.place)
    except BadValue as error:
        context.report.error("bad-cell", node.place, f"{name}{error}", error.hint)
    return None


def _output(context: Context, node: Node, output: _Output, where: str = "") -> Value:
    fact = output.fact
    if fact is None:
        return None
    if not isinstance(node, Scalar):
        wrong_type(context.report, node, f"{where}a single value")
        return None
    if node.value == UNKNOWN and fact.missing is Missing.UNKNOWN and UNKNOWN not in fact.values:
        return None
    try:
        return parse_value(node.value, fact, context.currency)
    except BadValue as error:
        context.report.error(error.code, node.place, f"{where}{error}", error.hint)
    return None
