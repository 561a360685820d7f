import asyncio
from typing import Any

import pytest

from pullsecret.core.exchange import Request, Response
from pullsecret.core.manifests import compute_digest
from pullsecret.registry.contents import Contents
from support.flows import reply

BODY = b'{"a": 1}'
DIGEST = compute_digest(BODY)
GOOD = reply(body=BODY)


def get(digest: str = DIGEST, **more: Any) -> Request:
    return Request("GET", f"https://a.test/v2/x/blobs/{digest}", digest=digest, **more)


class Registry:
    """Gives its answers one after the other; counts how often it was asked."""

    def __init__(self, *answers: Response) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def __call__(self, request: Request) -> Response:
        self.asked += 1
        await asyncio.sleep(0)
        return self.answers.pop(0)


async def test_the_same_content_is_known_in_another_repository() -> None:
    contents, registry = Contents(), Registry(GOOD)
    elsewhere = Request("GET", "https://a.test/v2/y/blobs/z", digest=DIGEST)
    assert await contents.fetch("a.test", get(), registry) is GOOD
    assert await contents.fetch("a.test", elsewhere, registry) is GOOD
    assert registry.asked == 1


async def test_who_asks_for_what_is_under_way_waits_for_it() -> None:
    contents, registry = Contents(), Registry(GOOD)
    assert await asyncio.gather(*(contents.fetch("a.test", get(), registry) for _ in range(9))) == [GOOD] * 9
    assert registry.asked == 1


async def test_a_bad_answer_is_for_the_one_who_asked() -> None:
    contents, registry = Contents(), Registry(reply(403), GOOD, GOOD)
    answers = await asyncio.gather(*(contents.fetch("a.test", get(), registry) for _ in range(3)))
    assert [answer.status for answer in answers] == [403, 200, 200]
    assert registry.asked == 3


async def test_one_that_gives_up_does_not_hold_up_the_others() -> None:
    async def never(request: Request) -> Response:
        await asyncio.Event().wait()
        raise AssertionError("nothing sets that event")

    contents, registry = Contents(), Registry(GOOD)
    first = asyncio.create_task(contents.fetch("a.test", get(), never))
    await asyncio.sleep(0)
    second = asyncio.create_task(contents.fetch("a.test", get(), registry))
    await asyncio.sleep(0)
    first.cancel()
    assert await second is GOOD


@pytest.mark.parametrize(
    ("host", "request_"),
    [
        pytest.param("b.test", get(), id="other-registry"),
        pytest.param("a.test", get(accept="application/json"), id="other-format"),
        pytest.param("a.test", get(digest="sha256:" + "0" * 64), id="other-digest"),
        pytest.param("a.test", get(digest=""), id="by-tag"),
    ],
)
async def test_other_content_is_asked_for(host: str, request_: Request) -> None:
    contents, registry = Contents(), Registry(GOOD, GOOD)
    await contents.fetch("a.test", get(), registry)
    await contents.fetch(host, request_, registry)
    assert registry.asked == 2


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        pytest.param(get(), reply(404, BODY), id="bad-answer"),
        pytest.param(get(), reply(body=b"{}"), id="other-bytes-than-the-digest-says"),
        pytest.param(get(digest=""), GOOD, id="by-tag"),
    ],
)
async def test_what_is_not_kept(request_: Request, answer: Response) -> None:
    contents, registry = Contents(), Registry(answer, GOOD)
    assert await contents.fetch("a.test", request_, registry) is answer
    assert await contents.fetch("a.test", request_, registry) is GOOD


async def test_there_is_room_for_so_much() -> None:
    contents, registry = Contents(room=len(BODY)), Registry(GOOD, GOOD, GOOD)
    for host in ("a.test", "b.test", "a.test", "b.test"):
        await contents.fetch(host, get(), registry)
    assert registry.asked == 3
