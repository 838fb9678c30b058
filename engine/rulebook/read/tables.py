"""tables/*.yaml: decision tables, one per file, in the order in which they can be evaluated."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from engine.rulebook.cells import ORDERED, parse_cell
from engine.rulebook.condition import Condition
from engine.rulebook.logic.rows import check_ambiguous
from engine.rulebook.logic.space import Ground
from engine.rulebook.model import Fact, FactType, Missing, Row, Table, Value
from engine.rulebook.place import Place
from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields, Ids, list_of, wrong_type
from engine.rulebook.read.order import in_order_of_use
from engine.rulebook.read.words import PICK_SYNONYMS, PICKS
from engine.rulebook.source import ListNode, Node, Scalar
from engine.rulebook.values import BadValue, parse_value

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
    if len(context.report.findings) == before:  # else rows are not what they should be
        ground = Ground(context.facts, tables=ordered, tiers=tuple(context.tiers))
        check_ambiguous(ground, without_otherwise, context.currency, context.report)
    return ordered


def _ordered(context: Context, tables: Collection[Table]) -> tuple[Table, ...]:
    by_output = {table.decides: table for table in tables}
    order, circle = in_order_of_use({table.decides: table.columns for table in by_output.values()})
    if circle:
        place = by_output[circle[0]].place
        assert place is not None
        message = f"tables need each other's outputs: {' -> '.join(circle)}"
        context.report.error("table-cycle", place, message, "let one of them look at other facts")
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
        message = f"{name} is computed already; a table cannot decide it"
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
        hint = "pick: all gathers the outputs of all rows that fit into a set; the others give one value"
        context.report.error("unknown-word", fields.place_of("pick"), message, hint)
    elif pick in ("lowest", "highest") and fact.type not in ORDERED:
        message = f"{fact.name} is {fact.type}: none of its values is the {pick}"
        hint = "write pick: priority, and order: with the outputs, the one before all others first"
        context.report.error("unknown-word", fields.place_of("pick"), message, hint)


def _order(context: Context, fields: Fields, output: _Output) -> tuple[Value, ...]:
    """The outputs, each once, the one that goes before all others first."""
    if output.pick != "priority":
        if "order" in fields and output.pick:
            hint = "delete it, or write pick: priority"
            context.report.error("unknown-key", fields.key_place("order"), "order belongs to pick: priority", hint)
        return ()
    if "order" not in fields:
        hint = "order: [high, low] means that high is given where rows with high and rows with low hold"
        context.report.error("missing-key", fields.place, "pick: priority needs the key order", hint)
        return ()
    found: dict[Value, Place] = {}
    for node in fields.items("order", at_least=1):
        value = _output(context, node, output)
        if value in found:
            context.report.error("duplicate-id", node.place, f"the output stands in order already at {found[value]}")
        found.setdefault(value, node.place)
    return tuple(found)


def _check_order(context: Context, table: Table) -> None:
    for number, row in enumerate(table.rows, start=1):
        if row.output not in table.order and row.place is not None:
            message = f"row {number}: order does not say where its output stands"
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
        wrong_type(context.report, node, f"{name}a cell", 'a dash ("-") fits everything')
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
