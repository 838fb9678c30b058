"""A backtest as tables for people."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from cli.roles_held import in_words
from engine.domain.money import Currency

Told = Mapping[str, Any]


def tell_backtest(told: Told, currency: Currency) -> None:
    console = Console(highlight=False)
    console.print(
        f"Log from {told['first']} to {told['last']}. Known before {told['split']}: {told['customers']:,} customers;"
        f" they brought {currency.code} {currency.format(told['future_revenue'])} from then on.",
        soft_wrap=True,
    )
    console.print(_shares(told))
    console.print(_reranked(told["reranked"]))
    if told["risk"]:
        console.print(_auc(told["risk"]))
        if told["risk"]["table"]:
            console.print(_flagged(told["risk"]))
    if told["clocks"]:
        console.print(_clocks(told["clocks"]))
    if told["roles"]:
        console.print(_roles(told["roles"]))
    for note in _notes(told):
        console.print(note, soft_wrap=True)


def _shares(told: Told) -> Table:
    rows = (
        (name, _percent(one["share"]), _interval(one["behind"]) if one["behind"] else "")
        for name, one in told["shares"].items()
    )
    heading = "Later revenue of the top 20 % of the customers known at the split"
    return _table(heading, ("ranked by", "share", "shipped score less this, points"), rows)


def _reranked(one: Told) -> Table:
    rows = ((way, _percent(share)) for way, share in one["caught"].items())
    heading = "All later revenue, from who was in the top 20 % when they bought"
    return _table(
        heading, ("cut-off and members", "share"), [*rows, ("(brought by newcomers)", _percent(one["newcomers"]))]
    )


def _auc(risk: Told) -> Table:
    rows = ((name, f"{value:.3f}", f"{low:.3f} to {high:.3f}") for name, (value, (low, high)) in risk["auc"].items())
    heading = f"Who stays away ({_percent(risk['away'])} did)"
    return _table(heading, ("ranked by", "AUC", "95 %"), rows)


def _flagged(risk: Told) -> Table:
    rows = (
        (name, f"{one['customers']:,}", _percent(one["precision"]), _percent(one["recall"]))
        for name, one in risk["table"].items()
    )
    return _table("The risk table at the split", ("risk", "customers", "precision", "recall"), rows)


def _clocks(clocks: Told) -> Table:
    def rows() -> Iterable[Sequence[str]]:
        for group in (clocks["at_delay"], clocks["as_shipped"]):
            for name, one in group.items():
                yield name, f"{one['delay']:.0f}", f"{one['calls']:,}", f"{one['precision']:.3f}"

    return _table(
        "Clocks: who is called quiet stays away for 180 days",
        ("clock", "mean delay, days", "calls", "precision"),
        rows(),
    )


def _roles(lists: Told) -> Table:
    rows = ((f"{role}, {name}", in_words(one).strip()) for name, roles in lists.items() for role, one in roles.items())
    return _table("Roles from before the split that still hold after it", ("list", "of it"), rows)


def _notes(told: Told) -> Iterable[str]:
    yield f"The daily top was at most {_percent(told['reranked']['most'])} of the customers of its moment."
    if told["clocks"]:
        yield f"Lapse clock less fixed hiatus at 60 days: {_interval(told['clocks']['lapse_less_fixed'])} points."
    for part, reason in told["refused"].items():
        yield f"Not told, {part}: {reason}."
    if told["model"] and not told["settled"]:
        yield "The BG/NBD search ended at a bound: its rows are of a model that this log cannot fix."
    if told["late"]:
        yield f"{told['late']:,} events older than the split came after it in the file: no future revenue."


def _table(heading: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(title=heading, title_justify="left", title_style="bold")
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number else "left")
    for row in rows:
        table.add_row(*row)
    return table


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _interval(ends: Sequence[float]) -> str:
    low, high = ends
    return f"{100 * low:+.1f} to {100 * high:+.1f}"
