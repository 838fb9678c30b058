"""A backtest as tables for people."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from cli.analyze.held_roles import held_words
from cli.output import counted, money, percent
from engine.domain.money import Currency

Told = Mapping[str, Any]


def render_backtest(told: Told, currency: Currency) -> None:
    console = Console(highlight=False)
    console.print(
        f"Log from {told['first']} to {told['last']}. {counted(told['customers'], 'customer')} known before "
        f"{told['split']}; their later revenue: {money(currency.format(told['future_revenue']), currency.code)}.",
        soft_wrap=True,
    )
    console.print(_concentration(told))
    console.print(_reranked(told["reranked"]))
    if told["risk"]:
        console.print(_auc(told["risk"]))
        if told["risk"]["table"]:
            console.print(_flagged(told["risk"]))
    if told["alarms"]:
        console.print(_models(told["alarms"]))
    if told["roles"]:
        console.print(_roles(told["roles"]))
    for note in _notes(told):
        console.print(note, soft_wrap=True)


def _concentration(told: Told) -> Table:
    rows = (
        (name, _percent(one["share"]), _interval(one["behind"]) if one["behind"] else "")
        for name, one in told["concentration"].items()
    )
    heading = "Share of later revenue from the top 20 % of the customers known at the split"
    return _table(heading, ("ranked by", "share", "shipped score minus this, points"), rows)


def _reranked(one: Told) -> Table:
    rows = ((way, _percent(share)) for way, share in one["caught"].items())
    heading = "Share of all later revenue from customers who were in the top 20 % when they bought"
    return _table(heading, ("cut-off and members", "share"), [*rows, ("(from newcomers)", _percent(one["newcomers"]))])


def _auc(risk: Told) -> Table:
    rows = ((name, f"{value:.3f}", f"{low:.3f} to {high:.3f}") for name, (value, (low, high)) in risk["auc"].items())
    heading = f"Customers who do not come back ({_percent(risk['away'])})"
    return _table(heading, ("ranked by", "AUC", "95 % interval"), rows)


def _flagged(risk: Told) -> Table:
    rows = (
        (name, f"{one['customers']:,}", _percent(one["precision"]), _percent(one["recall"]))
        for name, one in risk["table"].items()
    )
    return _table("The risk table at the split", ("risk", "customers", "precision", "recall"), rows)


def _models(alarms: Told) -> Table:
    def rows() -> Iterable[Sequence[str]]:
        for group in (alarms["at_delay"], alarms["as_shipped"]):
            for name, one in group.items():
                yield name, f"{one['delay']:.0f}", f"{one['calls']:,}", f"{one['precision']:.3f}"

    return _table(
        "Alarms: customers flagged as inactive who buy nothing for 180 days",
        ("model", "mean delay, days", "flagged", "precision"),
        rows(),
    )


def _roles(lists: Told) -> Table:
    rows = (
        (f"{role}, {name}", held_words(one).strip()) for name, roles in lists.items() for role, one in roles.items()
    )
    return _table("Roles measured before the split that still hold after it", ("list", "result"), rows)


def _notes(told: Told) -> Iterable[str]:
    yield f"The top by daily cut-off was at most {_percent(told['reranked']['most'])} of the customers at the time."
    if told["alarms"]:
        yield f"Lapse model minus fixed hiatus at 60 days: {_interval(told['alarms']['lapse_less_fixed'])} points."
    for part, reason in told["refused"].items():
        yield f"Not measured, {part}: {reason}."
    if told["model"] and not told["settled"]:
        yield "The BG/NBD search ended at a bound: this log does not determine the model, so ignore its rows."
    if told["late"]:
        late = counted(told["late"], "event")
        yield f"{late} from before the split came after it in the file: not counted as later revenue."


def _table(heading: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(title=heading, title_justify="left", title_style="bold")
    for number, name in enumerate(columns):
        table.add_column(name, justify="right" if number else "left")
    for row in rows:
        table.add_row(*row)
    return table


def _percent(share: float) -> str:
    return percent(share, 1)


def _interval(ends: Sequence[float]) -> str:
    low, high = ends
    return f"{100 * low:+.1f} to {100 * high:+.1f}"
