"""Controls are changed one change at a time; two operators at once both get theirs; a name nobody has is refused."""

from collections.abc import Callable

import pytest

from engine.decisioning.controls import Controls, Pause, Rollout, Target
from engine.domain.errors import Contended, InvalidInput, NotFound
from engine.domain.times import HOUR
from engine.schemas.controls import dump_controls
from service import controls
from storage.memory import MemoryStore
from tests.support.books import NOW
from tests.support.services import small

BOOK = small().rulebook
BANNER, MAIL = Target("action", "banner"), Target("action", "mail")


class RacingStore(MemoryStore):
    """A store in which somebody else stores controls first, the first `losses` times."""

    def __init__(self, losses: int, other: Callable[[], bytes]) -> None:
        super().__init__()
        self.losses, self.other = losses, other

    def put_controls(self, controls: bytes, after: int) -> bool:
        if self.losses:
            self.losses -= 1
            assert super().put_controls(self.other(), after)
        return super().put_controls(controls, after)


def pause(store: MemoryStore, target: Target, until: int | None = None, now: int = NOW) -> Controls:
    return controls.pause(store, Pause(target, until), BOOK, now)


def test_before_anything_was_changed_nothing_is_paused() -> None:
    assert controls.latest(MemoryStore()) == Controls()


def test_a_pause_is_stored_under_the_next_number_and_ended_when_it_is_resumed() -> None:
    store = MemoryStore()
    assert pause(store, BANNER) == controls.latest(store) == Controls(1, (Pause(BANNER),))
    assert controls.resume(store, BANNER, NOW) == controls.latest(store) == Controls(2)
    assert controls.read(store, 1) == Controls(1, (Pause(BANNER),))


def test_a_second_pause_of_the_same_target_takes_the_place_of_the_first() -> None:
    store = MemoryStore()
    pause(store, BANNER)
    assert pause(store, BANNER, NOW + HOUR).paused == (Pause(BANNER, NOW + HOUR),)


def test_pauses_that_are_over_are_left_out_with_the_next_pause() -> None:
    store = MemoryStore()
    pause(store, BANNER, NOW + HOUR)
    assert pause(store, MAIL, now=NOW + HOUR).paused == (Pause(MAIL),)


def test_a_rollout_is_stored_changed_and_ended() -> None:
    store, target = MemoryStore(), Target("rule", "r-mail")
    controls.roll_out(store, Rollout(target, 0.1), BOOK)
    assert controls.roll_out(store, Rollout(target, 0.5), BOOK).rollouts == (Rollout(target, 0.5),)
    assert controls.end_rollout(store, target) == Controls(3)


def test_two_operators_at_once_both_get_their_change() -> None:
    store = RacingStore(1, lambda: dump_controls(Controls(1, (Pause(MAIL),))))
    assert pause(store, BANNER) == Controls(2, (Pause(MAIL), Pause(BANNER)))


def test_after_a_bounded_number_of_lost_races_the_change_is_given_up() -> None:
    names = iter(range(99))
    store = RacingStore(9, lambda: dump_controls(Controls(0, (Pause(Target("action", f"a{next(names)}")),))))
    with pytest.raises(Contended, match="nothing was changed"):
        pause(store, BANNER)
    assert BANNER not in {one.target for one in controls.latest(store).paused}


def test_what_a_newer_version_stored_stays_when_something_else_is_changed() -> None:
    store = MemoryStore()
    assert store.put_controls(b'{"audiences": [1], "filled": ["customer.machine"]}', 0)
    changed = pause(store, BANNER)
    assert (changed.more, changed.filled) == ({"audiences": [1]}, {"customer.machine"})
    assert controls.latest(store) == changed


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (Target("action", "baner"), "no such action in this rulebook; did you mean banner?"),
        (Target("rule", "banner"), "no such rule in this rulebook"),
        (Target("group", "nobody"), "no such group in this rulebook"),
    ],
)
def test_a_target_that_the_rulebook_does_not_have_is_refused(target: Target, said: str) -> None:
    store = MemoryStore()
    with pytest.raises(InvalidInput, match="/name: " + said.replace("?", r"\?")):
        pause(store, target)
    assert store.news().controls == 0


def test_everything_can_be_paused_and_what_is_not_paused_cannot_be_resumed() -> None:
    store = MemoryStore()
    pause(store, Target("everything"))
    with pytest.raises(NotFound, match="action banner is not paused"):
        controls.resume(store, BANNER, NOW)
    with pytest.raises(NotFound, match="action banner has no rollout"):
        controls.end_rollout(store, BANNER)
    assert controls.resume(store, Target("everything"), NOW).paused == ()


def test_controls_that_are_no_longer_kept_are_named() -> None:
    with pytest.raises(NotFound, match="number 7 are no longer stored"):
        controls.read(MemoryStore(), 7)
