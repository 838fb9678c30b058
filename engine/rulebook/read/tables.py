"""tables/*.yaml: decision tables, one per file, in the order in which they can be evaluated."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from engine.rulebook.cells import parse_cell
from engine.rulebook.condition import Condition
from engine.rulebook.model import Fact, FactType, Missing, Row, Table, Value
from engine.rulebook.read.context import Context
from engine.rulebook.read.fields import Fields, Ids, list_of, parsed, wrong_type
from engine.rulebook.read.order import in_order_of_use
from engine.rulebook.read.words import PICKS
from engine.rulebook.source import ListNode, Node, Scalar
from engine.rulebook.values import BadValue, Raw, parse_value

UNKNOWN: Final = "unknown"
"""As an output: the fact stays unknown."""


def read_tables(context: Context, nodes: Iterable[Node], computed: Collection[str]) -> tuple[Table, ...]:
    """`computed`: facts that are built in or counted, which no table may decide."""
    ids, decided = Ids(context.report, "table"), Ids(context.report, "output")
    tables = []
    for node in nodes:
        table = _table(context, node, computed)
        ids.add(table.id, node.place)
        decided.add(table.decides, node.place)
        tables.append(table)
    return _ordered(context, tables)


def _ordered(context: Context, tables: Collection[Table]) -> tuple[Table, ...]:
    by_output = {table.decides: table for table in tables}
    order, circle = in_order_of_use({table.decides: table.columns for table in by_output.values()})
    if circle:
        place = by_output[circle[0]].place
        assert place is not None
        context.report.error("table-cycle", place, f"tables need each other's outputs: {' -> '.join(circle)}")
    return tuple(by_output[name] for name in order)


@dataclass(frozen=True, slots=True)
class _Output:
    """How outputs are read: for which fact, with which pick."""

    fact: Fact | None
    pick: str


def _table(context: Context, node: Node, computed: Collection[str]) -> Table:
    keys = ("table", "decides", "pick", "columns", "rows")
    fields = Fields(context.report, node, "a table", keys, ("otherwise",))
    decides = fields.text("decides")
    fact = context.fact(decides, fields.place_of("decides")) if decides else None
    if decides in computed:
        message = f"{decides} is computed already; a table cannot decide it"
        context.report.error("fact-computed-twice", fields.place_of("decides"), message)
        fact = None
    output = _Output(fact, fields.word("pick", PICKS, "first"))
    _check_pick(context, fields, output)
    columns = fields.placed_texts("columns", at_least=1)
    facts = [context.fact(name, place) for name, place in columns]
    rows = tuple(_row(context, item, facts, output) for item in fields.items("rows", at_least=1))
    table = Table(
        id=fields.id("table", underscores=True),
        decides=decides,
        pick=output.pick,
        columns=tuple(name for name, _ in columns),
        rows=rows,
        otherwise=frozenset() if output.pick == "all" else None,
        place=node.place,
    )
    return _with_otherwise(context, fields, table, output)


def _check_pick(context: Context, fields: Fields, output: _Output) -> None:
    if output.fact is None or (output.fact.type is FactType.SET) == (output.pick == "all"):
        return
    message = f"{output.fact.name} is {'a set' if output.fact.type is FactType.SET else 'no set'}"
    hint = "pick: all gathers the outputs of all rows that fit into a set; the others give one value"
    context.report.error("unknown-word", fields.place_of("pick"), message, hint)


def _with_otherwise(context: Context, fields: Fields, table: Table, output: _Output) -> Table:
    node = fields.node("otherwise")
    if node is not None:
        return replace(table, otherwise=_otherwise(context, node, output))
    if table.pick != "all" and table.rows and any(table.rows[-1].cells):
        message = "there may be customers that no row fits"
        hint = "add otherwise:, or a last row with a dash in every column"
        context.report.error("table-gap", fields.place, message, hint)
    return table


def _otherwise(context: Context, node: Node, output: _Output) -> Value:
    if output.pick != "all":
        return _output(context, node, output)
    items = node.items if isinstance(node, ListNode) else [node]
    return frozenset(str(_output(context, item, output)) for item in items)


def _row(context: Context, node: Node, columns: list[Fact | None], output: _Output) -> Row:
    items = list_of(context.report, node, "a row (a list)")
    if isinstance(node, ListNode) and len(items) != len(columns) + 1:
        message = f"{len(items)} cells; this table has {len(columns)} columns and an output"
        context.report.error("row-length", node.place, message)
        return Row((), None, node.place)
    cells = tuple(_cell(context, item, fact) for item, fact in zip(items, columns, strict=False))
    return Row(cells, _output(context, items[-1], output) if items else None, node.place)


def _cell(context: Context, node: Node, fact: Fact | None) -> Condition | None:
    if not isinstance(node, Scalar) or node.value is None:
        wrong_type(context.report, node, "a cell", 'a dash ("-") fits everything')
        return None
    if fact is None:
        return None
    try:
        return parse_cell(node.raw, fact, context.currency, node.place)
    except BadValue as error:
        context.report.error("bad-cell", node.place, str(error), error.hint)
    except ValueError as error:
        context.report.error("bad-cell", node.place, str(error))
    return None


def _output(context: Context, node: Node, output: _Output) -> Value:
    fact = output.fact
    if fact is None:
        return None

    def read(raw: Raw) -> Value:
        if raw == UNKNOWN and fact.missing is Missing.UNKNOWN and UNKNOWN not in fact.values:
            return None
        return parse_value(raw, fact, context.currency)

    return parsed(context.report, node, read, None)
