"""Answers under a sender's key, over every store: carried out once, and free again when it must be."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from redis import Redis

from engine.domain.errors import InFlight, KeyReused, StateUnavailable
from service.answers import KEPT_SECONDS, TAKEN_SECONDS, Answer, Answers, Call
from service.ports import Store
from storage.keys import answer_key
from storage.memory import MemoryStore
from storage.redis import RedisStore, connect

REQUESTED = Call("till", "k-1", "digest of one")
COPIES = 25


def telling(body: bytes = b'{"n": 1}', status: int = 200) -> Callable[[], Answer]:
    return lambda: Answer(status, "application/json", body)


def never() -> Answer:
    raise AssertionError("carried out again")


class Died(BaseException):
    """What no handler catches, like the end of a process."""


def die() -> Answer:
    raise Died


def test_the_second_time_the_kept_answer_is_given(store: Store) -> None:
    answers = Answers(store)
    first = answers.once(REQUESTED, telling(b'{"body": "\xe4\xbd\xa0"}', 422))
    assert not first.replayed
    assert answers.once(REQUESTED, never) == Answer(first.status, first.content_type, first.body, replayed=True)


@pytest.mark.parametrize("other", [Call("till", "k-2", "digest of one"), Call("crm", "k-1", "digest of one")])
def test_another_key_or_caller_is_another_request(store: Store, other: Call) -> None:
    answers = Answers(store)
    answers.once(REQUESTED, telling())
    assert answers.once(other, telling(b"2")).body == b"2"


def test_another_request_under_the_key_is_refused_while_and_after_the_first_is_worked_on(store: Store) -> None:
    answers = Answers(store)
    other = Call(REQUESTED.caller, REQUESTED.key, "digest of another")

    def meanwhile() -> Answer:
        with pytest.raises(KeyReused):
            answers.once(other, never)
        with pytest.raises(InFlight):
            answers.once(REQUESTED, never)
        return telling()()

    answers.once(REQUESTED, meanwhile)
    with pytest.raises(KeyReused):
        answers.once(other, never)


@pytest.mark.parametrize("status", [500, 503])
def test_what_we_could_not_do_may_be_tried_again_at_once(store: Store, status: int) -> None:
    answers = Answers(store)
    assert answers.once(REQUESTED, telling(status=status)).status == status
    assert answers.once(REQUESTED, telling()).replayed is False


def test_of_25_at_once_one_carries_it_out(store: Store) -> None:
    answers, carried_out = Answers(store), []

    def count() -> Answer:
        carried_out.append(1)
        return telling()()

    def ask(_: int) -> None:
        with suppress(InFlight):
            answers.once(REQUESTED, count)

    with ThreadPoolExecutor(COPIES) as threads:
        list(threads.map(ask, range(COPIES)))
    assert len(carried_out) == 1


@pytest.fixture
def redis(server_url: str, client: Redis) -> Iterator[RedisStore]:
    yield connect(server_url, timeout_s=2)


def test_a_process_that_dies_in_the_middle_frees_the_key_after_a_while(redis: RedisStore, client: Redis) -> None:
    with suppress(Died):
        Answers(redis).once(REQUESTED, die)
    with pytest.raises(InFlight):
        Answers(redis).once(REQUESTED, never)
    assert 0 < client.ttl(answer_key(REQUESTED.name)) <= TAKEN_SECONDS
    client.pexpire(answer_key(REQUESTED.name), 0)  # that while is over
    assert Answers(redis).once(REQUESTED, telling()).status == 200


def test_an_answer_is_kept_for_a_day(redis: RedisStore, client: Redis) -> None:
    Answers(redis).once(REQUESTED, telling())
    assert KEPT_SECONDS - 60 < client.ttl(answer_key(REQUESTED.name)) <= KEPT_SECONDS == 24 * 3600


def test_a_large_answer_takes_little_room(redis: RedisStore, client: Redis) -> None:
    body = b",".join(b'{"line":%d,"status":"stored","event_id":"e-%d"}' % (n, n) for n in range(10_000))
    Answers(redis).once(REQUESTED, telling(body))
    assert client.strlen(answer_key(REQUESTED.name)) < len(body) / 4
    assert Answers(redis).once(REQUESTED, never).body == body


class Forgetful(MemoryStore):
    """A store that is gone when an answer is to be kept."""

    def replace(self, key: str, answer: bytes, seconds: int) -> None:
        raise StateUnavailable("no answer within 50 ms")

    def forget(self, key: str) -> None:
        raise StateUnavailable("no answer within 50 ms")


@pytest.mark.parametrize("status", [200, 503])
def test_what_was_done_is_told_even_when_it_cannot_be_kept(status: int) -> None:
    answers = Answers(Forgetful())
    assert answers.once(REQUESTED, telling(status=status)).status == status
    with pytest.raises(InFlight):
        answers.once(REQUESTED, never)
