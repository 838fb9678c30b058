"""`patron fit`: the rhythm of a shop's customers, from its own log, as a churn.yaml."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.extras import need_analytics
from cli.log_file import EventFile
from cli.output import FOUND, fail, json_option, say, say_json
from cli.rulebooks import load_compiled, rules_option
from engine.rulebook.shop import Churn

if TYPE_CHECKING:
    from analytics.fit import Fitted

EPOCH = date(1970, 1, 1)


@click.command("fit", short_help="The rhythm of your customers, from your own log.")
@click.argument("events", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write a churn.yaml here; without it, on standard output.")
@rules_option
@json_option
def fit_command(events: Path, out: Path | None, rules: Path, as_json: bool) -> None:
    """Fit the rhythm clock of churn.yaml to a log of events (JSON lines, as `patron replay` reads them).

    The model is MBG/NBD, fitted by maximum likelihood to the purchase days of all customers. The lapse clock stays as
    it is in the rulebook: it is one for all shops. What is written takes the place of rules/churn.yaml. A log
    that cannot carry the model is refused with the reason, and nothing is written. Needs the extra `analytics`.

    \b
    Example:
      patron fit events.jsonl --out rules/churn.yaml
      patron check rules

    Exit codes: 0 fitted, 1 the log cannot tell, or errors in the rules, 2 wrong call, or a line that cannot be read.
    """
    need_analytics()
    from analytics import fit  # noqa: PLC0415 - optional
    from analytics.unsupported import Unsupported  # noqa: PLC0415

    book = load_compiled(rules, "reference").rulebook
    file = EventFile(events, book.shop)
    try:
        fitted = fit.fit(fit.read(file))
    except Unsupported as reason:
        fail(f"{events} cannot be fitted: {reason}", FOUND)
    churn = replace(book.churn, rhythm_r=fitted.model.r, rhythm_alpha_weeks=fitted.model.alpha)
    text = churn_yaml(fitted, churn, events.name, file.digest)
    _write(text, out)
    if as_json:
        say_json(_as_json(fitted, file.digest))
    elif out is None:
        say(text.rstrip("\n"))
    else:
        say(f"r {fitted.model.r:.3f}, alpha {fitted.model.alpha:.3f} weeks, of {fitted.customers:,} customers: {out}")


def churn_yaml(fitted: "Fitted", churn: Churn, name: str, digest: str) -> str:
    """A churn.yaml with these figures; `name` is the log's, `digest` that of its bytes."""
    model = fitted.model
    return f"""\
# Written by `patron fit` from {_printable(name)}.
# Rhythm: fitted, MBG/NBD. Lapse: not fitted, as it was in the rulebook; one for all shops.
rhythm: {{r: {_figure(model.r)}, alpha: {_figure(model.alpha)} weeks}}
lapse: {{theta: {churn.lapse_theta:g}, half_life: {churn.lapse_half_life:g} days, \
at_least: {churn.lapse_min:g} days, at_most: {churn.lapse_max:g} days}}
fitted:
  version: 1
  model: mbg-nbd
  from: "{day_text(fitted.first)}"
  until: "{day_text(fitted.last)}"
  customers: {fitted.customers}
  repeaters: {fitted.repeaters}
  a: {_figure(model.a)}
  b: {_figure(model.b)}
  log_likelihood: {fitted.log_likelihood:.2f}
  source: "{digest}"
"""


def _as_json(fitted: "Fitted", digest: str) -> dict[str, object]:
    model = fitted.model
    return {
        "model": "mbg-nbd",
        "r": model.r,
        "alpha_weeks": model.alpha,
        "a": model.a,
        "b": model.b,
        "log_likelihood": fitted.log_likelihood,
        "customers": fitted.customers,
        "repeaters": fitted.repeaters,
        "from": day_text(fitted.first),
        "until": day_text(fitted.last),
        "source": digest,
    }


def _figure(value: float) -> str:
    """Five significant digits, never with an exponent, which a rule file does not take."""
    return f"{value:.5f}" if value < 1 else f"{value:.4f}"


def day_text(number: int) -> str:
    """A UTC day number as YYYY-MM-DD."""
    return (EPOCH + timedelta(days=number)).isoformat()


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name)


def _write(text: str, out: Path | None) -> None:
    if out is None:
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{out}: {error.strerror}")
