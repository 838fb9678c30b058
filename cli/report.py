"""`patron report`: what the shop is worth, by tiers."""

import click

from cli.client import Client, Unreachable, detail_of
from cli.output import fail, json_option, say, say_json
from cli.story import tell_value

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

    Exit codes: 0 printed, 2 the service cannot be reached or refuses the key.
    """


@report_group.command("value")
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
    client = Client(url, key)
    try:
        status, answer = client.get("/v1/reports/value")
    except Unreachable as error:
        fail(str(error))
    finally:
        client.close()
    if status != 200:
        fail(f"the service answered {status}: {detail_of(answer)}")
    if as_json:
        say_json(answer)
        return
    for line in tell_value(answer):
        say(line)
