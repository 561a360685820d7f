"""Names are found as the system finds them, and nobody's dead names keep others from finding theirs."""

import asyncio
import socket
import threading

import aiohttp
import pytest

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import Credential
from pullsecret.core.errors import RegistryFailure
from pullsecret.core.policy.model import Verify
from pullsecret.core.sensitive import Sensitive
from pullsecret.operator.registries import opener
from pullsecret.registry.lookups import OwnThreads

FOUND = [
    (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 443)),
    (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::1", 443, 0, 0)),
]
LOGIN = Credential("robot", Sensitive("s3cret-word"))


async def test_it_finds_what_the_usual_one_finds(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_words, **_how: FOUND)
    own = OwnThreads(1)
    usual = await aiohttp.ThreadedResolver().resolve("registry.test", 443, socket.AF_UNSPEC)
    assert await own.resolve("registry.test", 443, socket.AF_UNSPEC) == usual
    await own.close()


async def test_a_name_that_is_not_there(monkeypatch):
    def unknown(*_words, **_how):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    own = OwnThreads(1)
    with pytest.raises(socket.gaierror):
        await own.resolve("nowhere.test")
    await own.close()


async def test_names_that_nobody_answers_for_hold_up_their_own_trial_alone(monkeypatch):
    over = threading.Event()

    def look_up(host, *_words, **_how):
        if host.endswith("dead.test"):
            over.wait(20)
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    open_ = opener({}, allow_realms=(), allow_local=False)
    try:
        async with open_(Verify()) as theirs, open_(Verify()) as ours:
            waiting = [asyncio.create_task(theirs.login(f"r{i}.dead.test", LOGIN)) for i in range(40)]
            await asyncio.sleep(0.1)
            with pytest.raises(RegistryFailure) as failure:
                await asyncio.wait_for(ours.login("nowhere.test", LOGIN), 5)
            assert failure.value.cause is Cause.DNS_FAILURE
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
    finally:
        over.set()
