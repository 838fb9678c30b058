"""`patron export`: everything that a running service has stored of a customer, as JSON."""

from urllib.parse import urlencode

import click

from cli.client import once
from cli.output import say_json
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
    say_json(once(url, key, lambda service: service.get(f"/v1/customers:export?{query}")))
