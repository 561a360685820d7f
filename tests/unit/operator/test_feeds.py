"""Watches that feed stores: begun, waited for, refused, ended."""

import asyncio
import logging

import pytest

from pullsecret.core.errors import ClusterUnreachable, Forbidden
from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT
from pullsecret.core.watching import Snapshot
from pullsecret.operator import feeds as module
from pullsecret.operator.feeds import Choice, Feeds
from pullsecret.operator.stores import Store

COPIES, SOURCE = Choice(SECRET, "", "harbor"), Choice(SECRET, "platform", "harbor")
ACCOUNTS = Choice(SERVICE_ACCOUNT)


class Followed:
    """A watch that brings what a test puts into it."""

    def __init__(self):
        self.batches, self.failure, self.age, self.last_seen = asyncio.Queue(), None, 0.0, 0.0
        self.closed, self.taken = False, asyncio.Event()

    async def __aiter__(self):
        while True:
            yield await self.batches.get()
            self.taken.set()

    async def aclose(self):
        self.closed = True


class World:
    def __init__(self):
        self.stores, self.asked, self.made = {}, {}, asyncio.Queue()
        self.feeds = Feeds(self, self.store_of)

    def store_of(self, kind):
        return self.stores.setdefault(kind, Store(lambda obj: obj))

    def follow(self, kind, *, namespace, field_selector, metadata_only):
        name = field_selector.removeprefix("metadata.name=")
        made = self.asked[Choice(kind, namespace, name, metadata_only)] = Followed()
        self.made.put_nowait(made)
        return made

    def bring(self, choice, *names):
        kind = choice.kind.kind
        objects = [
            {"kind": kind, "metadata": {"name": choice.name or "x", "namespace": n, "resourceVersion": "1"}}
            for n in names
        ]
        self.asked[choice].batches.put_nowait(Snapshot(objects, "5"))

    def there(self, kind=SECRET):
        return sorted(obj["metadata"]["namespace"] for obj in self.store_of(kind))


@pytest.fixture
async def world():
    made = World()
    yield made
    await made.feeds.close()
    assert all(followed.closed for followed in made.asked.values())


async def test_it_waits_until_all_was_seen(world):
    following = asyncio.create_task(world.feeds.follow([ACCOUNTS, COPIES]))
    await asyncio.sleep(0)
    world.bring(COPIES, "web")
    await asyncio.sleep(0.01)
    assert not following.done()
    world.bring(ACCOUNTS, "web")
    await asyncio.wait_for(following, 1)
    assert world.there() == ["web"]
    assert {feed.choice for feed in world.feeds} == {ACCOUNTS, COPIES}


async def test_exactly_the_secrets_that_are_wanted(world):
    await world.feeds.only_secrets([COPIES, SOURCE])
    first = world.asked[COPIES]
    world.bring(COPIES, "web", "platform")
    world.bring(SOURCE, "platform")
    await world.feeds.seen([COPIES, SOURCE])
    await world.feeds.only_secrets([SOURCE])
    assert world.asked[COPIES].closed
    assert world.there() == ["platform"], "what another watch brings too is not forgotten"
    await world.feeds.only_secrets([COPIES])
    assert world.asked[COPIES] is not first
    assert {feed.choice for feed in world.feeds} == {COPIES}


async def test_what_is_given_up_is_not_waited_for(world):
    await world.feeds.only_secrets([COPIES])
    waiting = asyncio.create_task(world.feeds.refused([COPIES]))
    await asyncio.sleep(0)
    await world.feeds.only_secrets([])
    assert await asyncio.wait_for(waiting, 1) is None
    await asyncio.wait_for(world.feeds.seen([COPIES]), 1)


async def test_a_refusal_is_told_and_a_failure_waited_out(world):
    await world.feeds.only_secrets([COPIES])
    world.asked[COPIES].failure = ClusterUnreachable("nobody answers")
    waiting = asyncio.create_task(world.feeds.refused([COPIES]))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    error = world.asked[COPIES].failure = Forbidden("no", status=403)
    assert await asyncio.wait_for(waiting, 1) == (COPIES, error)
    world.bring(COPIES, "web")
    await world.feeds.seen([COPIES])
    assert await world.feeds.refused([COPIES]) is None, "it was allowed since"


async def test_it_says_what_it_waits_for_once(world, caplog, monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE", 0.01)
    following = asyncio.create_task(world.feeds.follow([ACCOUNTS]))
    await asyncio.sleep(0)
    world.asked[ACCOUNTS].failure = ClusterUnreachable("nobody answers", hint="look")
    with caplog.at_level(logging.WARNING):
        await asyncio.sleep(0.1)
    assert [record.getMessage() for record in caplog.records] == [
        "cannot follow serviceaccounts: nobody answers; look"
    ]
    world.bring(ACCOUNTS)
    await asyncio.wait_for(following, 1)
    (feed,) = world.feeds
    assert (feed.age, feed.failure) == (0.0, world.asked[ACCOUNTS].failure)


async def test_looking_anew_replaces_what_was_known(world):
    await world.feeds.only_secrets([COPIES])
    world.bring(COPIES, "web", "old")
    await world.feeds.seen([COPIES])
    hung = world.asked[COPIES]
    await world.feeds.renew()
    assert hung.closed
    waiting = asyncio.create_task(world.feeds.seen([COPIES]))
    await asyncio.sleep(0)
    assert not waiting.done(), "what was seen before does not count"
    assert world.there() == ["old", "web"], "what is known stays known meanwhile"
    world.bring(COPIES, "web")
    await asyncio.wait_for(waiting, 1)
    assert world.there() == ["web"]


ONE, TWO = (Choice(NAMESPACE, name=name, metadata_only=True) for name in ("one", "two"))
IN_ONE, IN_TWO = (Choice(SERVICE_ACCOUNT, name) for name in ("one", "two"))
SCOPE = [ONE, TWO, IN_ONE, IN_TWO]


@pytest.fixture
async def two_gone(world, monkeypatch):
    """Namespaces one and two were asked for; two is gone, and with it the right to look at it."""
    monkeypatch.setattr(module, "_PATIENCE", 0.01)
    following = asyncio.create_task(world.feeds.follow(SCOPE))
    await asyncio.sleep(0)
    for choice in (TWO, IN_TWO):
        world.asked[choice].failure = Forbidden("no", status=403)
    yield following
    following.cancel()


async def test_a_namespace_that_is_gone_does_not_keep_the_others_waiting(world, two_gone):
    world.bring(ONE, "")
    await asyncio.sleep(0.05)
    assert not two_gone.done(), "not all of the other was seen"
    world.bring(IN_ONE, "one")
    await asyncio.wait_for(two_gone, 1)
    world.bring(TWO, "")
    await asyncio.wait_for(world.asked[TWO].taken.wait(), 1)
    assert len(world.store_of(NAMESPACE)) == 2, "it is still looked for"
    assert world.feeds.have_shown([ONE, IN_ONE, TWO])
    assert not world.feeds.have_shown([TWO, IN_TWO]), "its accounts are not seen yet"


async def test_who_may_look_at_no_namespace_at_all_waits(world, two_gone):
    world.asked[ONE].failure = Forbidden("no", status=403)
    await asyncio.sleep(0.05)
    assert not two_gone.done()


async def test_nor_does_one_that_was_there_and_is_shut_to_us_now(world, two_gone):
    for choice in SCOPE:
        world.bring(choice, "" if choice.kind == NAMESPACE else choice.namespace)
    await asyncio.wait_for(two_gone, 1)
    await world.feeds.renew()
    world.bring(ONE, "")
    world.bring(IN_ONE, "one")
    seen = asyncio.create_task(world.feeds.seen(SCOPE))
    await asyncio.sleep(0.05)
    assert not seen.done(), "nobody refused it yet"
    world.bring(TWO, "")
    world.asked[IN_TWO].failure = Forbidden("no", status=403)
    await asyncio.wait_for(seen, 1)
    assert not world.feeds.have_shown([TWO, IN_TWO]), "what was known before is not acted on"


async def cut_short(doing):
    """Begin to do something, and be cancelled at its first wait, as when the lead is lost."""
    task = asyncio.create_task(doing)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()


async def test_looking_anew_that_is_cut_short_leaves_no_watch_dead(world):
    await world.feeds.only_secrets([COPIES])
    world.bring(COPIES, "web")
    await world.feeds.seen([COPIES])
    await cut_short(world.feeds.renew())
    world.bring(COPIES, "shop")
    await asyncio.wait_for(world.feeds.seen([COPIES]), 1)
    assert world.there() == ["shop"]


async def test_what_nobody_wants_is_forgotten_also_when_that_is_cut_short(world):
    await world.feeds.only_secrets([COPIES])
    world.bring(COPIES, "web")
    await world.feeds.seen([COPIES])
    await cut_short(world.feeds.only_secrets([]))
    assert world.there() == []


async def test_a_watch_that_fails_by_a_fault_of_ours_is_begun_anew(world, caplog, monkeypatch):
    monkeypatch.setattr(module, "_PATIENCE", 0.01)
    await world.feeds.only_secrets([COPIES])
    world.bring(COPIES, "web")
    await world.feeds.seen([COPIES])
    first = await world.made.get()
    first.batches.put_nowait(Snapshot([None], "6"))
    await asyncio.wait_for(world.made.get(), 1)
    world.bring(COPIES, "shop")
    await asyncio.wait_for(world.asked[COPIES].taken.wait(), 1)
    assert world.there() == ["shop"]
    (record,) = caplog.records
    assert record.getMessage().startswith("cannot follow secrets/harbor: an error of our own: ")
    assert first.closed
