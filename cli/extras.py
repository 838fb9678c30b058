"""The optional packages of the extra `analytics`, for commands that need them."""

import importlib.util

from cli.output import fail

ANALYTICS = ("numpy", "scipy")
HOW = "`make install-analytics`, or `pip install '.[analytics]'` in the sources"
"""How to install them."""


def need_analytics() -> None:
    """End the command with how to install them if they are missing."""
    missing = [name for name in ANALYTICS if importlib.util.find_spec(name) is None]
    if missing:
        fail(f"this command needs {' and '.join(missing)}; run {HOW}")
