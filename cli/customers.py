"""`patron customers`: show, export or erase what a running service has stored about a customer."""

import sys
from pathlib import Path
from urllib.parse import quote, urlencode

import click
import orjson

from cli.client import key_option, once, url_option
from cli.customer_options import anonymous_option, customer_json
from cli.files import out_option, write_whole, writing
from cli.output import fail, json_option, say, say_json
from cli.render.customer import render_customer


@click.group("customers", short_help="Show, export or erase a customer's data.")
def customers_group() -> None:
    """Show, export or erase what a running service has stored about a customer.

    \b
    Example:
      patron customers show c-1001
      patron customers export c-1001 > c-1001.json
      patron customers erase c-1001 --yes

    Exit codes: 0 success, 1 unknown customer, 2 invalid arguments, or the service is not reachable or refuses the call.
    """


@customers_group.command("show", short_help="Show a customer's profile.")
@click.argument("customer")
@anonymous_option
@url_option
@key_option
@json_option
def show_command(customer: str, anonymous: bool, url: str, key: str | None, as_json: bool) -> None:
    """Show a customer's tier, stages, channels, consents, contacts and pending recommendations. Needs the scope read.

    With --json also traits and all facts of the customer.

    \b
    Example:
      patron customers show c-1001

    Exit codes: 0 success, 1 unknown customer, 2 invalid arguments, or the service is not reachable or refuses the call.
    """
    profile = once(url, key, lambda service: service.get(_path(customer, anonymous)))
    if as_json:
        say_json(profile)
        return
    for line in render_customer(profile):
        say(line)


@customers_group.command("export", short_help="Export everything stored about a customer.")
@click.argument("customer")
@anonymous_option
@out_option
@url_option
@key_option
def export_command(customer: str, anonymous: bool, out: Path | None, url: str, key: str | None) -> None:
    """Export everything stored about a customer as JSON: profile, decisions and deliveries, under all their ids.

    Needs the scope admin.

    \b
    Example:
      patron customers export c-1001 > c-1001.json

    Exit codes: 0 success, 1 unknown customer, 2 invalid arguments, the file cannot be written, or the service is not
    reachable or refuses the call.
    """
    query = urlencode({"id": customer, "anonymous": "yes" if anonymous else "no"})
    exported = once(url, key, lambda service: service.get(f"/v1/customers:export?{query}"))
    if out is None:
        say_json(exported)
        return
    with writing(out):
        write_whole(out, orjson.dumps(exported, option=orjson.OPT_INDENT_2) + b"\n")


@customers_group.command("erase", short_help="Erase everything stored about a customer.")
@click.argument("customer")
@anonymous_option
@click.option("--yes", "-y", "confirmed", is_flag=True, help="Erase without asking for confirmation.")
@url_option
@key_option
@json_option
def erase_command(customer: str, anonymous: bool, confirmed: bool, url: str, key: str | None, as_json: bool) -> None:
    """Erase everything stored about a customer, under all their ids. This cannot be undone. Needs the scope admin.

    Asks for confirmation, unless --yes is given.

    \b
    Example:
      patron customers erase c-1001 --yes

    Exit codes: 0 erased, 1 unknown customer, or not confirmed, 2 invalid arguments, or the service is not reachable or
    refuses the call.
    """
    if not confirmed:
        if not sys.stdin.isatty():
            fail("erasing cannot be undone; confirm with --yes")
        click.confirm(f"Erase everything stored about {customer}?", abort=True, err=True)
    once(url, key, lambda service: service.delete(_path(customer, anonymous)))
    if as_json:
        say_json({"customer": customer_json(customer, anonymous), "erased": True})
    else:
        say(f"erased everything stored about {customer}")


def _path(customer: str, anonymous: bool) -> str:
    return f"/v1/customers/{quote(customer, safe='')}" + ("?anonymous=yes" if anonymous else "")
