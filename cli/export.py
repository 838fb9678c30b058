"""`patron export`: everything that a running service has stored of a customer, as JSON."""

from urllib.parse import urlencode

import click

from cli.client import Client, Unreachable, detail_of
from cli.output import FOUND, fail, say_json
from cli.report import key_option, url_option


@click.command("export", short_help="Everything that is stored of a customer.")
@click.argument("customer")
@click.option("--anonymous", is_flag=True, help="CUSTOMER is an anonymous id.")
@url_option
@key_option
def export_command(customer: str, anonymous: bool, url: str, key: str | None) -> None:
    """Print everything that is stored of a customer as JSON: profile, decisions, deliveries, under all their ids.

    \b
    Example:
      patron export c-1001 > c-1001.json

    Exit codes: 0 printed, 1 nothing is stored of this customer, 2 the service cannot be reached or refuses the call.
    """
    query = urlencode({"id": customer, "anonymous": "yes" if anonymous else "no"})
    client = Client(url, key)
    try:
        status, answer = client.get(f"/v1/customers:export?{query}")
    except Unreachable as error:
        fail(str(error))
    finally:
        client.close()
    if status == 404:
        fail(detail_of(answer), FOUND)
    if status != 200:
        fail(f"the service answered {status}: {detail_of(answer)}")
    say_json(answer)
