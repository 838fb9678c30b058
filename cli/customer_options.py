"""Options that name a customer and the placements to fill."""

import click

anonymous_option = click.option("--anonymous", is_flag=True, help="Treat CUSTOMER as an anonymous id.")
placements_option = click.option(
    "--placement", "placements", multiple=True, metavar="PLACEMENT", help="Placement to fill; repeat for several."
)


def customer_json(customer: str, anonymous: bool) -> dict[str, str]:
    """A customer in the JSON of the API."""
    return {"anonymous_id" if anonymous else "id": customer}
