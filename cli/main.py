"""`patron`: the command line. One module per command or group."""

from collections.abc import Mapping

import click

from cli.lazy import LazyGroup
from runtime import version

COMMANDS: Mapping[str, tuple[str, str]] = {
    "analyze": ("cli.analyze", "analyze_group"),
    "check": ("cli.check", "check_command"),
    "customers": ("cli.customers", "customers_group"),
    "decide": ("cli.decide", "decide_command"),
    "deliveries": ("cli.deliveries", "deliveries_command"),
    "demo": ("cli.demo", "demo_command"),
    "diff": ("cli.diff", "diff_command"),
    "explain": ("cli.explain", "explain_command"),
    "fmt": ("cli.fmt", "fmt_command"),
    "import": ("cli.import_", "import_group"),
    "keys": ("cli.keys", "keys_group"),
    "load": ("cli.load", "load_command"),
    "new": ("cli.new", "new_group"),
    "publish": ("cli.publish", "publish_command"),
    "real": ("cli.real", "real_command"),
    "replay": ("cli.replay", "replay_command"),
    "report": ("cli.report", "report_group"),
    "reproduce": ("cli.reproduce", "reproduce_command"),
    "rulebook": ("cli.rulebook", "rulebook_group"),
    "schema": ("cli.schema", "schema_command"),
    "serve": ("cli.serve", "serve_command"),
    "table": ("cli.table", "table_group"),
    "test": ("cli.test", "test_command"),
    "upgrade": ("cli.upgrade", "upgrade_command"),
    "worker": ("cli.worker", "worker_command"),
}
"""Command -> (module, attribute)."""

FORMER: Mapping[str, str] = {
    "backtest": "patron analyze backtest",
    "export": "patron customers export",
    "fit": "patron analyze fit",
    "history": "patron rulebook history",
    "key": "patron keys create",
    "roles": "patron analyze roles",
    "rollback": "patron rulebook rollback",
    "show": "patron rulebook show",
}
"""Names that commands had, and what to write instead."""


def _print_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        known = version.installed()
        click.echo(f"patron {known}" if known else "patron (run from source, not installed)")
        ctx.exit()


@click.group(cls=LazyGroup, lazy=COMMANDS, former=FORMER, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def main() -> None:
    """Next-best-action decisions from rules that marketers can read.

    \b
    Example:
      patron check rules            check a rulebook
      patron test rules             run its tests
      patron serve                  start the service
      patron decide c-1001          request a decision, with the reasons

    Run a command with --help for details. Exit codes: 0 success, 1 problems found (errors in rules, failed tests,
    refused events), 2 the command could not start (invalid arguments, unreadable file, service not reachable).
    """


if __name__ == "__main__":
    main(prog_name="patron")
