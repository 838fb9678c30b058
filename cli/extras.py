"""Verbs that need the optional packages of the extra `analytics` say so in one sentence where they are missing."""

import importlib.util

from cli.output import fail

ANALYTICS = ("numpy", "scipy")
HOW = "`make install-analytics`, or `pip install '.[analytics]'` in the sources"
"""How they are installed."""


def need_analytics() -> None:
    """End with how to install them, unless they are there."""
    missing = [name for name in ANALYTICS if importlib.util.find_spec(name) is None]
    if missing:
        fail(f"this needs {' and '.join(missing)}: {HOW}")
