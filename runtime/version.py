"""The version of Patron that runs."""

from importlib.metadata import PackageNotFoundError, version


def installed() -> str | None:
    """None where it runs from its sources without being installed."""
    try:
        return version("patron")
    except PackageNotFoundError:
        return None
