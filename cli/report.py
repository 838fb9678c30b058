"""`patron report`: revenue by tier, and results by action."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from cli.client import Client, Unreachable, detail_of, key_option, url_option
from cli.files import writing
from cli.output import fail, json_option, say, say_json
from cli.render.actions import render_actions
from cli.render.value import render_value
from cli.render.value_picture import value_svg


@click.group("report", short_help="Print reports of a running service.")
def report_group() -> None:
    """Print reports of a running service.

    \b
    Example:
      patron report value
      patron report actions

    Exit codes: 0 success, 2 the service is not reachable or refuses the key.
    """


@report_group.command("value", short_help="Report customers and revenue by tier.")
@url_option
@key_option
@click.option(
    "--svg", type=click.Path(path_type=Path), metavar="FILE", help="Also draw the Pareto curve and the tiers as SVG."
)
@json_option
def value_command(url: str, key: str | None, svg: Path | None, as_json: bool) -> None:
    """Report customers, net revenue and pace by tier, the share of revenue from the top 20 % now and 90 days ago,
    changes of tier, reachable customers by channel, and revenue by source.

    \b
    Example:
      patron report value --url http://127.0.0.1:8080
      patron report value --svg value.svg

    Exit codes: 0 success, 2 the service is not reachable or refuses the key, or the picture cannot be written.
    """
    report = _asked("/v1/reports/value", Client(url, key))
    if svg is not None:
        with writing(svg):
            svg.write_text(value_svg(report), encoding="utf-8")
    _print(report, render_value, as_json)


@report_group.command("actions", short_help="Report results and uplift by action.")
@url_option
@key_option
@json_option
def actions_command(url: str, key: str | None, as_json: bool) -> None:
    """Report contacts, acceptance, purchases, revenue and cost by action, remaining limits and budgets, shadow rules,
    and uplift against the control group.

    \b
    Example:
      patron report actions --url http://127.0.0.1:8080

    Exit codes: 0 success, 2 the service is not reachable or refuses the key.
    """
    _print(_asked("/v1/reports/actions", Client(url, key)), render_actions, as_json)


def _asked(path: str, client: Client) -> Mapping[str, Any]:
    try:
        status, answer = client.get(path)
    except Unreachable as error:
        fail(str(error))
    finally:
        client.close()
    if status != 200:
        fail(f"the service answered {status}: {detail_of(answer)}")
    found: Mapping[str, Any] = answer
    return found


def _print(report: Mapping[str, Any], render: Callable[[Mapping[str, Any]], Iterator[str]], as_json: bool) -> None:
    if as_json:
        say_json(report)
        return
    for line in render(report):
        say(line)
