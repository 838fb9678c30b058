"""`patron report`: what the shop is worth, by tiers, and what came of its actions."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from cli.client import Client, Unreachable, detail_of
from cli.output import fail, json_option, say, say_json
from cli.render.actions import tell_actions
from cli.render.value import tell_value
from cli.render.value_picture import value_svg

url_option = click.option(
    "--url", default="http://127.0.0.1:8080", show_default=True, help="Where the service listens."
)
key_option = click.option("--key", envvar="PATRON_API_KEY", help="An API key [PATRON_API_KEY].")


@click.group("report", short_help="Reports of a running service.")
def report_group() -> None:
    """Reports of a running service.

    \b
    Example:
      patron report value
      patron report actions

    Exit codes: 0 printed, 2 the service cannot be reached or refuses the key.
    """


@report_group.command("value", short_help="Customers and value per tier, and what the top 20 % bring.")
@url_option
@key_option
@click.option(
    "--svg", type=click.Path(path_type=Path), metavar="FILE", help="Draw the Pareto curve and the tiers here."
)
@json_option
def value_command(url: str, key: str | None, svg: Path | None, as_json: bool) -> None:
    """Customers, value and pace per tier, the share that the top 20 % bring, now and 90 days ago, who moved between
    tiers, who is linked over which channel, and what the customers of each source bring.

    \b
    Example:
      patron report value --url http://127.0.0.1:8080
      patron report value --svg value.svg

    Exit codes: 0 printed, 2 the service cannot be reached or refuses the key, or the picture cannot be written.
    """
    report = _asked("/v1/reports/value", Client(url, key))
    if svg is not None:
        _draw(report, svg)
    _print(report, tell_value, as_json)


def _draw(report: Mapping[str, Any], svg: Path) -> None:
    try:
        svg.write_text(value_svg(report), encoding="utf-8")
    except OSError as error:
        fail(f"{svg}: {error.strerror}")


@report_group.command("actions", short_help="What came of each action, and what it adds.")
@url_option
@key_option
@json_option
def actions_command(url: str, key: str | None, as_json: bool) -> None:
    """What came of each action, what is left of its limits, and what it adds against its holdout.

    \b
    Example:
      patron report actions --url http://127.0.0.1:8080

    Exit codes: 0 printed, 2 the service cannot be reached or refuses the key.
    """
    _print(_asked("/v1/reports/actions", Client(url, key)), tell_actions, as_json)


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


def _print(report: Mapping[str, Any], tell: Callable[[Mapping[str, Any]], Iterator[str]], as_json: bool) -> None:
    if as_json:
        say_json(report)
        return
    for line in tell(report):
        say(line)
