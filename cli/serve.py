"""`patron serve`: the service, in the foreground, until Ctrl-C."""

import os
import socket

import click

from cli.output import FOUND, fail, say
from cli.serving import command, environment
from runtime.settings import Settings, SettingsError


@click.command("serve", short_help="Start the service, until Ctrl-C.")
@click.option("--bind", help="Address, for example 127.0.0.1:8080 [PATRON_BIND].")
@click.option("--workers", type=click.IntRange(1, 128), help="Worker processes [WEB_CONCURRENCY].")
@click.option("--watch", is_flag=True, help="Publish the folder whenever a file in it changes [PATRON_WATCH].")
def serve_command(bind: str | None, workers: int | None, watch: bool) -> None:
    """Start the service: gunicorn, and the embedded store in ./var unless REDIS_URL names another store.

    Which rules: those that were published last (`patron history`); while nothing was, those of the folder PATRON_RULES
    as it is at the start. With --watch whatever the folder says is published, as soon as it is saved and right.

    \b
    Example:
      patron serve --bind 127.0.0.1:8080
      patron serve --watch

    Settings come from the environment: docs/settings.md.

    Exit codes: 0 stopped, 1 it cannot start (errors in the rules, the address or the data folder is in use), 2 wrong
    call or settings.
    """
    extra = {"PATRON_BIND": bind, "WEB_CONCURRENCY": str(workers) if workers else None}
    extra["PATRON_WATCH"] = "yes" if watch else None
    os.environ.update({name: value for name, value in extra.items() if value})
    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        fail(f"the settings are wrong:\n{error}")
    _must_be_free(settings.listen)
    say(f"Starting Patron on {_shown(settings.listen)} (Ctrl-C stops it)")
    arguments = command()
    os.execve(arguments[0], arguments, environment({}))  # noqa: S606 - our own interpreter, no shell


def _must_be_free(listen: str) -> None:
    """gunicorn would try for five seconds, and not say what to do."""
    if listen.startswith("unix:"):
        return
    host, _, port = listen.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    try:
        socket.create_server((host.strip("[]"), int(port)), family=family).close()
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
        fail(f"cannot listen on {listen}: {why}. Choose another address: patron serve --bind 127.0.0.1:8081", FOUND)


def _shown(listen: str) -> str:
    return listen if listen.startswith("unix:") else f"http://{listen} (API docs at /docs)"
