"""`patron report`: what the shop is worth, by tiers, and what came of its actions."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click

from cli.client import Client, Unreachable, detail_of
from cli.output import fail, json_option, say, say_json
from cli.story import tell_value
from cli.tell_actions import tell_actions

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
@json_option
def value_command(url: str, key: str | None, as_json: bool) -> None:
    """Customers and value per tier, and the share that the top 20 % bring.

    \b
    Example:
      patron report value --url http://127.0.0.1:8080

    Exit codes: 0 printed, 2 the service cannot be reached or refuses the key.
    """
    _show("/v1/reports/value", tell_value, Client(url, key), as_json)


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
    _show("/v1/reports/actions", tell_actions, Client(url, key), as_json)


def _show(path: str, tell: Callable[[Mapping[str, Any]], Iterator[str]], client: Client, as_json: bool) -> None:
    try:
        status, answer = client.get(path)
    except Unreachable as error:
        fail(str(error))
    finally:
        client.close()
    if status != 200:
        fail(f"the service answered {status}: {detail_of(answer)}")
    if as_json:
        say_json(answer)
        return
    for line in tell(answer):
        say(line)
