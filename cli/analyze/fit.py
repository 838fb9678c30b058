"""`patron analyze fit`: fit the interpurchase-time model to a log, and write it as churn.yaml."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.analyze.files import day_text, events_argument, printable, write_text
from cli.extras import need_analytics
from cli.files import out_option
from cli.log_file import EventFile, amounts_option
from cli.output import FOUND, counted, fail, json_option, say, say_json
from cli.rulebook_folder import load_compiled, rules_option
from engine.rulebook.shop import Churn

if TYPE_CHECKING:
    from analytics.fit import Fitted


@click.command("fit", short_help="Fit the interpurchase-time model (churn.yaml).")
@events_argument
@out_option
@amounts_option
@rules_option
@json_option
def fit_command(events: Path, out: Path | None, amounts: str, rules: Path, as_json: bool) -> None:
    """Fit the interpurchase-time model to a log of EVENTS (JSON lines) and write it as churn.yaml.

    The model is MBG/NBD, fitted by maximum likelihood to the purchase days of all customers. The lapse model is copied
    from the rulebook; its parameters are the same for all shops. If the log does not support the model, the command
    prints the reason and writes nothing. Needs the extra `analytics`.

    \b
    Example:
      patron analyze fit events.jsonl --out rules/churn.yaml
      patron check rules

    Exit codes: 0 fitted, 1 not enough data in the log, or errors in the rules, 2 invalid arguments, or a line that
    cannot be read.
    """
    need_analytics()
    from analytics import fit  # noqa: PLC0415 - optional
    from analytics.unsupported import Unsupported  # noqa: PLC0415

    book = load_compiled(rules, "reference").rulebook
    file = EventFile(events, book.shop, amounts)
    try:
        fitted = fit.fit(fit.read(file, book.shop.days))
    except Unsupported as reason:
        fail(f"cannot fit the model to {events}: {reason}", FOUND)
    churn = replace(book.churn, interpurchase_r=fitted.model.r, interpurchase_alpha_weeks=fitted.model.alpha)
    text = churn_yaml(fitted, churn, events.name, file.digest)
    write_text(text, out)
    if as_json:
        say_json(_as_json(fitted, file.digest))
    elif out is None:
        say(text.rstrip("\n"))
    else:
        figures = f"r {fitted.model.r:.3f}, alpha {fitted.model.alpha:.3f} weeks"
        say(f"wrote {out}: {figures}, fitted to {counted(fitted.customers, 'customer')}")


def churn_yaml(fitted: "Fitted", churn: Churn, name: str, digest: str) -> str:
    """A churn.yaml with these figures; `name` is the log's, `digest` that of its bytes."""
    model = fitted.model
    return f"""\
# Written by `patron analyze fit` from {printable(name)}.
# Interpurchase-time model: fitted (MBG/NBD). Lapse model: copied from the rulebook, the same for all shops.
interpurchase_time: {{r: {_figure(model.r)}, alpha: {_figure(model.alpha)} weeks}}
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
    """Five significant digits, never with an exponent, which a rule file does not accept."""
    return f"{value:.5f}" if value < 1 else f"{value:.4f}"
