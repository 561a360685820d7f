"""When writing the same thing again and again is a war, and how long is waited then."""

import pytest

from pullsecret.operator.wars import ROUNDS, WINDOW, Wars

STEP = ["attach harbor to serviceaccount/default"]


def fight(wars, now, rounds=ROUNDS, every=1.0, namespace="web"):
    """Repair so often; tell whether the last one was too many, and when it was."""
    for _ in range(rounds):
        now += every
        begins = wars.wrote(namespace, STEP, now)
    return begins, now


def test_the_same_thing_again_and_again():
    wars = Wars()
    begins, now = fight(wars, 0.0, ROUNDS - 1)
    assert not begins
    assert wars.pause("web", now) == 0
    assert wars.wrote("web", STEP, now)
    assert wars.pause("web", now) == 15
    assert wars.pause("web", now + 10) == 5
    assert wars.pause("web", now + 15) == 0
    assert wars.pause("shop", now) == 0


def test_each_pause_is_longer_up_to_a_limit():
    wars, now, pauses = Wars(), 0.0, []
    _, now = fight(wars, now)
    for _ in range(7):
        now += wars.pause("web", now)
        assert wars.wrote("web", STEP, now), "once more is enough"
        pauses.append(wars.pause("web", now))
    assert pauses == [30, 60, 120, 240, 300, 300, 300]


def test_after_a_long_peace_it_begins_anew():
    wars = Wars()
    _, now = fight(wars, 0.0)
    _, now = fight(wars, now + 2000)
    assert wars.pause("web", now) == 15


@pytest.mark.parametrize(
    "write",
    [
        pytest.param(lambda w, n: w.wrote("web", [f"attach to {n}"], n), id="different-things"),
        pytest.param(lambda w, n: w.wrote(f"web-{n}", STEP, n), id="different-namespaces"),
        pytest.param(lambda w, n: w.wrote("web", STEP, n * WINDOW), id="seldom"),
    ],
)
def test_no_war(write):
    wars = Wars()
    assert not any(write(wars, number) for number in range(3 * ROUNDS))


def test_a_namespace_that_is_gone_is_forgotten():
    wars = Wars()
    _, now = fight(wars, 0.0)
    wars.forget("web")
    wars.forget("web")
    assert wars.pause("web", now) == 0
    assert not wars.wrote("web", STEP, now)


def test_what_is_no_longer_written_takes_no_memory():
    wars = Wars()
    for number in range(1000):
        wars.wrote("web", [f"attach harbor to serviceaccount/job-{number}"], float(number))
    before = fight(wars, 2000.0)
    assert len(wars._written["web"]) == 1
    assert before[0], "what counts is not forgotten"
