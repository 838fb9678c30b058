"""For all tests: in CI a skipped test fails, unless skips_allowed.txt lists it."""

import signal
from collections.abc import Generator
from typing import Final

import pytest

from tests.support import skips

_allowed = skips.read(skips.LIST)


def pytest_configure() -> None:
    """A shell that runs the tests in the background ignores Ctrl-C, which every process started here would inherit."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


_LONG: Final = ("replay", "golden", "docs", "process")
"""Folders whose files take longest. With `--no-loadscope-reorder` they begin first, and short files fill the end."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long files first: xdist gives out files, and the last one to end keeps a processor to itself."""

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(config.rootpath / "tests").parts[0]
        return _LONG.index(folder) if folder in _LONG else len(_LONG)

    items.sort(key=place)


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
