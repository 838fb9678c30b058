"""For all tests: the slow ones begin first, and in CI a skipped test fails unless skips_allowed.txt lists it."""

import signal
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support import skips

SLOW_FIRST = ("process", "replay", "golden", "docs", "property", "api", "contract")
"""Folders whose files take longest, in this order; a long file that began last would leave the other workers idle."""

_allowed = skips.read(skips.LIST)


def pytest_configure() -> None:
    """A shell that runs the tests in the background ignores Ctrl-C, which every process started here would inherit."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Workers take files in the order of collection (`--no-loadscope-reorder`)."""
    items.sort(key=lambda item: next((n for n, name in enumerate(SLOW_FIRST) if _is_in(item, name)), len(SLOW_FIRST)))


def _is_in(item: pytest.Item, folder: str) -> bool:
    return item.path.is_relative_to(Path(__file__).parent / folder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if skips.enforced():
        skips.fail_if_unlisted(report, _allowed)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A whole module that is skipped while it is imported."""
    report = yield
    if skips.enforced():
        skips.fail_if_unlisted(report, _allowed)
    return report
