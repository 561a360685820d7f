"""What there is to do: only while somebody leads."""

import asyncio
import time

import pytest

from pullsecret.core.policy.model import PolicyKey
from pullsecret.operator.namespaces import NamespaceKey
from pullsecret.operator.work import Work

POLICY = PolicyKey("ClusterPullSecret", "", "harbor")


def keys(*names):
    return [NamespaceKey(POLICY, name) for name in names]


def waiting(work):
    queues = work.policies, work.namespaces, work.statuses, work.recoveries
    return [queue.depth + queue.delayed for queue in queues]


def fill(work):
    work.policy(POLICY)
    work.policy(POLICY, after=5)
    work.fan_out(keys("a", "b"))
    work.namespace(keys("a")[0], urgent=True)
    work.status(POLICY)
    work.recovery(keys("a")[0], 1.0)


async def test_nothing_is_noted_while_nobody_leads():
    work = Work()
    fill(work)
    assert waiting(work) == [0, 0, 0, 0]
    work.begin()
    fill(work)
    assert waiting(work) == [2, 2, 1, 1]
    assert work.depth == 2
    work.end()
    assert work.depth == 0
    work.begin()
    assert waiting(work) == [0, 0, 0, 0], "a new term begins with nothing"


@pytest.mark.parametrize(("waiting", "seldom"), [(32, False), (33, True)], ids=["soon", "seldom"])
def test_what_looks_at_all_namespaces_waits_while_there_is_much_to_do(waiting, seldom):
    """Or it would cost the square of their number."""
    work = Work()
    work.begin()
    work.fan_out(keys(*map(str, range(waiting))))
    now = time.monotonic()
    work.status(POLICY)
    work.departure(POLICY)
    waits = [queue._delays.next() - now for queue in (work.statuses, work.policies)]
    assert [wait >= 1.0 for wait in waits] == [seldom, seldom]


async def test_a_new_namespace_goes_first():
    work, done = Work(), []
    work.begin()
    work.fan_out(keys("a", "b"))
    work.namespace(keys("new")[0], urgent=True)

    async def note(key):
        done.append(key.namespace)

    running = asyncio.create_task(work.namespaces.run(note, 1))
    await asyncio.sleep(0)
    await work.namespaces.idle()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert done == ["new", "a", "b"]


async def test_the_api_server_asks_for_patience():
    work, done = Work(), []
    work.begin()
    work.throttle(0.05)
    work.fan_out(keys("a"))

    async def note(key):
        done.append(key.namespace)

    running = asyncio.create_task(work.namespaces.run(note, 1))
    await asyncio.sleep(0.01)
    assert done == []
    await work.namespaces.idle()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert done == ["a"]
