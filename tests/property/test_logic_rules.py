"""What the logic says of rules and tables is what counting all customers of a small world says; witnesses witness."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authoring.logic.regions import RuleLogic
from authoring.logic.rules import check_rules
from authoring.logic.solver import Solver
from authoring.logic.space import Ground, Space
from authoring.logic.tables import TableSpace, check_ambiguous, check_rows
from authoring.logic.witness import Witnesses
from engine.domain.facts import Value
from engine.domain.money import Currency
from engine.facts.tables import compile_table, decide_all
from engine.rulebook.condition import AllOf, Compare, Condition, Op
from engine.rulebook.findings import Place, Report
from engine.rulebook.model import Forbid, Recommend, Row, Rule, Rulebook, Table
from engine.rulebook.offers import Action
from engine.rulebook.predicates import comparisons as comparisons_in
from engine.rulebook.predicates import predicate
from engine.rulebook.reference import holds
from tests.support.matching import rule, rulebook
from tests.support.small_worlds import SEGMENT, VOCABULARY, comparisons, conditions, customers

NAMES = ("orders", "silent", "tier", "links")
EUR = Currency("EUR")
PICKS = ("first", "only_one", "any", "priority", "all")
USUAL = {name: fact.default for name, fact in VOCABULARY.items()}
OUTPUTS = ("gold", "silver", "none")

cells = st.one_of(st.none(), comparisons(("orders",))), st.one_of(st.none(), comparisons(("silent",)))
more_cells = st.one_of(st.none(), comparisons(("links",)))
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def tables(draw: st.DrawFn, pick: str | None = None) -> Table:
    """A table over three facts that decides `tier` (or, where it gathers, `links`: then it does not look at these)."""
    chosen = pick or draw(st.sampled_from(PICKS))
    third = st.none() if chosen == "all" else more_cells
    cell = st.tuples(*cells, third)
    rows = draw(st.lists(st.tuples(cell, st.sampled_from(OUTPUTS)), min_size=1, max_size=5))
    return Table(
        id="table",
        decides="links" if chosen == "all" else "tier",
        pick=chosen,
        columns=("orders", "silent", "links"),
        rows=tuple(Row(cells, output, Place("t.yaml", at + 6, 5)) for at, (cells, output) in enumerate(rows)),
        otherwise=frozenset() if chosen == "all" else draw(st.sampled_from(OUTPUTS)),
        order=OUTPUTS,
    )


def fitting(table: Table, facts: dict[str, Value]) -> list[int]:
    """The numbers of the rows that fit a customer."""
    return [
        number
        for number, row in enumerate(table.rows)
        if all(cell is None or holds(cell, facts, {}) for cell in row.cells)
    ]


def decided(facts: dict[str, Value], given: Sequence[Table]) -> dict[str, Value]:
    """The customer with what the tables decide."""
    facts = dict(facts)
    decide_all(tuple(compile_table(table, lambda c: predicate(c, {})) for table in given), facts)
    return facts


@SLOW
@given(conditions(NAMES), conditions(NAMES, segments=False), st.none() | tables())
def test_a_witness_is_a_customer_for_whom_the_condition_holds(
    condition: Condition, segment: Condition, table: Table | None
) -> None:
    segments, given_tables = {SEGMENT: segment}, [table] if table else []
    book = rulebook([rule("one", condition)], segments, VOCABULARY)
    logic = RuleLogic(replace(book, tables=tuple(given_tables)), Ground(VOCABULARY, segments, given_tables))
    box = logic.solver.find(logic.region(logic.rules[0]))
    everybody = [decided(facts, given_tables) for facts in customers(NAMES)]
    assert (box is not None) is any(holds(condition, facts, segments) for facts in everybody)
    if box is not None:
        trigger, facts = logic.witnesses.customer(box)
        assert trigger == "requested"
        assert holds(condition, {**USUAL, **facts}, segments), facts


@SLOW
@given(conditions(NAMES, segments=False))
def test_a_witness_names_no_fact_that_could_be_left_out(condition: Condition) -> None:
    space = Space(Ground(VOCABULARY), comparisons_in(condition, {}))
    witness = Witnesses(space, Solver(space), (), EUR).of(space.formula(condition))
    if witness is not None:
        named = {name for name, _ in witness.facts}
        for left_out in named:
            others = tuple(named - {left_out})
            assert not any(
                holds(condition, {**USUAL, **facts}, {})
                for facts in customers(others)
            )  # fmt: skip


@SLOW
@given(tables())
def test_rows_that_are_never_reached_or_stand_twice_are_those(table: Table) -> None:
    report = Report()
    check_rows(Ground(VOCABULARY, tables=(table,)), EUR, report)
    lost = {finding.place.line - 6 for finding in report.findings}
    fits = [fitting(table, facts) for facts in customers(NAMES)]
    order = [table.rows.index(row) for row in table.in_order] if len(set(table.rows)) == len(table.rows) else []
    if table.pick == "all":
        reached = {row for rows in fits for row in rows}
        once = {row for row in reached if not _is_repeated(table, row)}
        assert lost == set(range(len(table.rows))) - once
    elif order:
        rank = {row: at for at, row in enumerate(order)}
        assert lost == set(range(len(table.rows))) - {min(rows, key=rank.__getitem__) for rows in fits if rows}


def _is_repeated(table: Table, row: int) -> bool:
    return any(_says(table, row) == _says(table, before) for before in range(row))


def _says(table: Table, row: int) -> object:
    """For whom a row gives what."""
    return [fitting(table, facts).count(row) for facts in customers(NAMES)], table.rows[row].output


@SLOW
@given(tables(), st.booleans())
def test_gaps_and_overlaps_are_found_exactly(table: Table, has_otherwise: bool) -> None:
    report = Report()
    check_ambiguous(Ground(VOCABULARY, tables=(table,)), set() if has_otherwise else {"table"}, EUR, report)
    found = {finding.code for finding in report.findings}
    fits = [fitting(table, facts) for facts in customers(NAMES)]
    gap = not has_otherwise and table.pick != "all" and [] in fits
    outputs = [{table.rows[row].output for row in rows} for rows in fits]
    overlap = {
        "only_one": any(len(rows) > 1 for rows in fits),
        "any": any(len(given) > 1 for given in outputs),
    }.get(table.pick, False)
    assert found == {code for code, shows in (("table-gap", gap), ("table-overlap", overlap)) if shows}


@SLOW
@given(tables("first"), tables("first"))
def test_a_table_that_looks_at_another_is_walked_as_customers_can_be(first: Table, second: Table) -> None:
    """The second looks at what the first decides, so that not all of its cells can meet."""
    rows = tuple(
        Row((*row.cells, Compare("tier", Op.IS, output)), row.output, row.place)
        for row, output in zip(second.rows, OUTPUTS * 2, strict=False)
    )
    vocabulary = {**VOCABULARY, "name": replace(VOCABULARY["tier"], name="name")}
    second = replace(second, id="second", decides="name", columns=(*second.columns, "tier"), rows=rows)
    world = TableSpace(Ground(vocabulary, tables=(first, second)), EUR)
    reached = {case.rows[0] for case in world.cases(second, True) if case.rows and world.is_possible(case)}
    everybody = [decided(facts, [first]) for facts in customers(NAMES)]
    assert reached == {fits[0] for facts in everybody if (fits := fitting(second, facts))}


def book_of(rules: Iterable[Rule]) -> Rulebook:
    action = Action("action", "", "marketing", "group", (), {"type": "none"}, 0, 0, 0, 0.1, 1, 1, ())
    return replace(rulebook(rules, {}, VOCABULARY), actions={"action": action})


@SLOW
@given(st.lists(st.tuples(conditions(NAMES, segments=False), st.booleans()), min_size=1, max_size=4))
def test_rules_that_never_or_always_fire_change_nothing_or_are_forbidden_are_those(
    written: list[tuple[Condition, bool]],
) -> None:
    rules = [
        replace(rule(f"rule-{n}", AllOf((when,))), then=Forbid(action="action") if forbids else Recommend("action"))
        for n, (when, forbids) in enumerate(written)
    ]
    book, report = book_of(rules), Report()
    check_rules(RuleLogic(book, Ground(VOCABULARY)), report)
    found = {(f.code, f.message.partition(" ")[0]) for f in report.findings}
    assert found == expected(rules)


def expected(rules: Sequence[Rule]) -> set[tuple[str, str]]:
    everybody = list(customers(NAMES))
    region = {one.id: {n for n, facts in enumerate(everybody) if holds(one.when, facts, {})} for one in rules}
    forbidden = set().union(*(region[one.id] for one in rules if isinstance(one.then, Forbid)))
    found: set[tuple[str, str]] = set()
    left = list(rules)
    for one in reversed(rules):
        mine = region[one.id]
        if not mine:
            found.add(("rule-never", one.id))
            continue
        if len(mine) == len(everybody):
            found.add(("rule-always", one.id))
        if isinstance(one.then, Recommend) and mine <= forbidden:
            found.add(("rule-forbidden", one.id))
        others = [region[other.id] for other in left if other is not one and other.then == one.then]
        if mine <= set().union(*others):
            found.add(("rule-shadowed", one.id))
            left.remove(one)
    return found
