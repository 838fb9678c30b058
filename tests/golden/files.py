"""The golden files: how each is written from its decisions, and how a difference is shown."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from typing import Final

from tests.golden import sources
from tests.golden.decisions import block, sentences

FOLDER: Final = Path(__file__).parent
TOGETHER: Final = 100
"""Customers of CDNOW to a digest, in the order in which they appear."""
SHOWN: Final = 200
"""Lines of a difference that a failed test shows."""


Words = Mapping[str, str]
"""How some triggers are called: nothing, or what they were called before (`engine.domain.former_words`)."""
_TODAY: Final[Words] = {}


def shop(words: Words = _TODAY) -> str:
    """Every decision of the example shop's year, in full."""
    return "".join(block(name, one, words) for name, one in sources.of_shop())


def rule_tests(words: Words = _TODAY) -> str:
    """Every decision of the rule tests, in full."""
    return "".join(block(name, one, words) for name, one in sources.of_rule_tests())


def refusals() -> str:
    """The sentences of all refusals in those two, each once."""
    found = {
        told
        for _, one in (*sources.of_shop(), *sources.of_rule_tests())
        for told in sentences(one, sources.shipped().rulebook)
    }
    return "\n".join(sorted(found)) + "\n"


def cdnow(words: Words = _TODAY) -> str:
    """A digest for each hundred customers of CDNOW."""
    by_customer: dict[str, list[str]] = {}
    for name, one in sources.of_cdnow():
        by_customer.setdefault(one.decision.customer, []).append(block(name, one, words))
    return "".join(f"{line}\n" for line in _digests(by_customer))


def _digests(by_customer: dict[str, list[str]]) -> Iterator[str]:
    customers = iter(by_customer.items())
    while some := list(islice(customers, TOGETHER)):
        text = "".join(told for _, blocks in some for told in blocks)
        yield f"{some[0][0]} to {some[-1][0]}: {hashlib.sha256(text.encode()).hexdigest()[:32]}"


FILES: Final[dict[str, Callable[[], str]]] = {
    "shop.txt": shop,
    "rule_tests.txt": rule_tests,
    "sentences.txt": refusals,
    "cdnow.txt": cdnow,
}


DECIDED: Final[Mapping[str, Callable[[Words], str]]] = {
    "shop.txt": shop,
    "rule_tests.txt": rule_tests,
    "cdnow.txt": cdnow,
}
"""The files of decisions, which can be written in former words."""


def difference(name: str, now: str) -> str:
    """What is other than in the committed file, as a unified diff; "" where nothing is."""
    before = (FOLDER / name).read_text(encoding="utf-8")
    if before == now:
        return ""
    lines = list(unified_diff(before.splitlines(), now.splitlines(), f"{name} as committed", "as decided now", n=4))
    more = [f"... and {len(lines) - SHOWN} lines more"] if len(lines) > SHOWN else []
    return "\n".join([*lines[:SHOWN], *more])
