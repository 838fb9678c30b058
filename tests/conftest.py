"""For all tests: in CI a skipped test fails, unless skips_allowed.txt lists it."""

import signal
from collections.abc import Generator

import pytest

from tests.support import skips

_allowed = skips.read(skips.LIST)


def pytest_configure() -> None:
    """A shell that runs the tests in the background ignores Ctrl-C, which every process started here would inherit."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


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
