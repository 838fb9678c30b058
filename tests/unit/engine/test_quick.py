from dataclasses import FrozenInstanceError, dataclass, field, replace
from typing import Any

import pytest

from engine.domain.quick import quick


@dataclass(frozen=True, slots=True)
class Plain:
    name: str
    rank: int = 3
    marks: list[str] = field(default_factory=list)
    memo: dict[str, int] = field(default_factory=dict, init=False, compare=False)


@quick
@dataclass(frozen=True, slots=True)
class Made:
    name: str
    rank: int = 3
    marks: list[str] = field(default_factory=list)
    memo: dict[str, int] = field(default_factory=dict, init=False, compare=False)


@pytest.mark.parametrize(
    ("args", "named"), [(("a",), {}), (("a", 4), {}), (("a",), {"marks": ["x"]}), ((), {"name": "a", "rank": 5})]
)
def test_it_is_made_of_the_same_as_before(args: tuple[Any, ...], named: dict[str, Any]) -> None:
    plain, made = Plain(*args, **named), Made(*args, **named)
    assert (made.name, made.rank, made.marks, made.memo) == (plain.name, plain.rank, plain.marks, plain.memo)
    assert made == Made(*args, **named)
    assert replace(made, rank=9) == Made(made.name, 9, made.marks)


@pytest.mark.parametrize(("args", "named"), [((), {}), (("a", 1, [], {}), {}), (("a",), {"memo": {}})])
def test_it_refuses_what_was_refused_before(args: tuple[Any, ...], named: dict[str, Any]) -> None:
    for kind in (Plain, Made):
        with pytest.raises(TypeError):
            kind(*args, **named)


def test_it_stays_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Made("a").name = "b"  # type: ignore[misc]


def test_each_gets_a_default_of_its_own() -> None:
    assert Made("a").marks is not Made("a").marks
