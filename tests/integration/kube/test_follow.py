"""Following objects of an API server that fails in every way: nothing is missed, and it is not hammered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest
from aiohttp import web

from pullsecret.app.ports import Watcher
from pullsecret.core.errors import ClusterUnreachable, InvalidInput, TooManyRequests
from pullsecret.core.objects import NAMESPACE, POD, SECRET
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.pace import Pace
from pullsecret.kube.settings import ClusterConfig
from support.following import (
    BREAK,
    STAY,
    Answer,
    Clock,
    Script,
    closing,
    error_event,
    event,
    listing,
    refusal,
    seen_by,
    stream,
    take,
)
from support.httpserver import Server, json_reply, serving, serving_bytes

USUAL = Pace()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@asynccontextmanager
async def scripted(
    clock: Clock, *answers: Answer, pace: Pace = USUAL
) -> AsyncIterator[tuple[Script, ClusterClient]]:
    script = Script(clock, list(answers))
    async with serving(script) as server, client_at(server, clock, pace) as cluster:
        yield script, cluster


def client_at(server: Server, clock: Clock, pace: Pace = USUAL) -> ClusterClient:
    config = ClusterConfig(f"http://127.0.0.1:{server.port}")
    return ClusterClient(config, sleep=clock.sleep, jitter=lambda: 1.0, clock=clock, pace=pace)


async def test_a_snapshot_then_changes(clock: Clock) -> None:
    events = stream(event("ADDED", "b", "8"), event("MODIFIED", "a", "9"), event("DELETED", "a", "10"), STAY)
    async with scripted(clock, listing("a", version="7"), events) as (script, cluster):
        watcher: Watcher = cluster
        async with aclosing(watcher.follow(SECRET, namespace="web")) as followed:
            assert await take(followed, 4) == ["snapshot 7 a", "ADDED b", "MODIFIED a", "DELETED a"]
            assert followed.failure is None
    assert script.asked == ["list", "watch 7"]
    assert clock.slept == []


async def test_it_goes_on_where_it_broke_bookmarks_included(clock: Clock) -> None:
    answers = [
        listing(version="7"),
        stream(event("ADDED", "a", "8"), event("BOOKMARK", "", "20")),
        stream(event("BOOKMARK", "", "30"), BREAK),
        stream(event("ADDED", "b", "31"), STAY),
    ]
    async with scripted(clock, *answers) as (script, cluster), aclosing(cluster.follow(POD)) as followed:
        assert await take(followed, 3) == ["snapshot 7", "ADDED a", "ADDED b"]
    assert script.asked == ["list", "watch 7", "watch 20", "watch 30"]


@pytest.mark.parametrize(
    "too_old",
    [pytest.param(refusal(410), id="answer"), pytest.param(stream(error_event(410)), id="event")],
)
async def test_a_version_that_is_too_old_gives_a_snapshot_at_once(clock: Clock, too_old: Answer) -> None:
    answers = [listing("a", version="7"), too_old, listing("b", version="9"), stream(STAY)]
    async with scripted(clock, *answers) as (script, cluster), aclosing(cluster.follow(POD)) as followed:
        assert await take(followed, 2) == ["snapshot 7 a", "snapshot 9 b"]
    assert script.asked[:3] == ["list", "watch 7", "list"]
    assert clock.slept == []


async def test_a_list_that_grows_too_old_between_its_pages_is_read_in_one_piece(clock: Clock) -> None:
    answers = [
        listing("a", version="7", token="t"), refusal(410), listing("a", "b", version="9"), stream(STAY),
    ]  # fmt: skip
    async with scripted(clock, *answers) as (script, cluster), aclosing(cluster.follow(POD)) as followed:
        assert await take(followed, 1) == ["snapshot 9 a b"]
    assert script.asked == ["list", "list t", "list"]


async def test_a_page_that_fails_starts_the_list_again(clock: Clock) -> None:
    answers = [
        listing("a", version="7", token="t"), refusal(500), listing("b", version="9"), stream(STAY),
    ]  # fmt: skip
    async with scripted(clock, *answers) as (script, cluster), aclosing(cluster.follow(POD)) as followed:
        assert await take(followed, 1) == ["snapshot 9 b"]
    assert script.asked == ["list", "list t", "list"]
    assert clock.slept


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        pytest.param([refusal(429, Retry_After="7"), listing(version="7")], ["list", "list"], id="list"),
        pytest.param(
            [listing(version="7"), refusal(429, Retry_After="7"), stream(event("ADDED", "a", "8"), STAY)],
            ["list", "watch 7", "watch 7"],
            id="watch",
        ),
        pytest.param(
            [listing(version="7"), refusal(503, Retry_After="7"), stream(event("ADDED", "a", "8"), STAY)],
            ["list", "watch 7", "watch 7"],
            id="503",
        ),
    ],
)
async def test_a_server_that_asks_to_wait_is_waited_for(
    clock: Clock, answers: list[Answer], asked: list[str]
) -> None:
    async with scripted(clock, *answers) as (script, cluster), aclosing(cluster.follow(POD)) as followed:
        await take(followed, len(asked) - 1)
        assert script.asked == asked
        assert script.times[-1] - script.times[-2] == pytest.approx(7)


GOOD = listing("a", version="7")
ONE = event("ADDED", "b", "8")
TROUBLE = [
    pytest.param(refusal(500), refusal(500), "answered 500", id="500"),
    pytest.param(refusal(429), refusal(429), "answered 429", id="429"),
    pytest.param(refusal(429, Retry_After="0"), refusal(429), "answered 429", id="429 and no wait"),
    pytest.param(refusal(401), refusal(401), "does not know who we are", id="401"),
    pytest.param(refusal(403), refusal(403), "no", id="403"),
    pytest.param(closing, closing, "closed the connection", id="closing"),
    pytest.param(refusal(410), refusal(410), "no", id="410"),
    pytest.param(listing(version=""), stream(), "without 'resourceVersion'", id="no version"),
    pytest.param(GOOD, refusal(500), "answered 500", id="500 on watches"),
    pytest.param(GOOD, closing, "closed the connection", id="closing watches"),
    pytest.param(GOOD, refusal(410), "no", id="410 on watches"),
    pytest.param(GOOD, stream(error_event(410)), "no", id="410 as an event"),
    pytest.param(GOOD, stream(ONE, error_event(410)), "no", id="an event, then 410"),
    pytest.param(GOOD, stream(error_event(500)), "answered 500", id="500 as an event"),
    pytest.param(GOOD, stream(), "as it begins", id="watches that end at once"),
    pytest.param(GOOD, stream(BREAK), "broke off", id="watches that break at once"),
    pytest.param(GOOD, stream(ONE, BREAK), "broke off", id="an event, then broken"),
    pytest.param(GOOD, stream(ONE), None, id="an event, then the end"),
    pytest.param(GOOD, stream(b"<html>\n"), "no event", id="HTML"),
]


@pytest.mark.parametrize(("lists", "watches", "words"), TROUBLE)
async def test_a_server_that_fails_is_never_asked_more_than_ten_times_a_second(
    clock: Clock, lists: Answer, watches: Answer, words: str | None
) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return await (watches if "watch" in request.query else lists)(request)

    enough = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        if len(script.asked) >= 40:
            enough.set()
            await asyncio.Event().wait()

    script = Script(clock, [answer])
    async with serving(script) as server:
        config = ClusterConfig(f"http://127.0.0.1:{server.port}")
        async with ClusterClient(config, sleep=sleep, jitter=lambda: 0.0, clock=clock) as cluster:
            followed = cluster.follow(POD)
            async with seen_by(followed), asyncio.timeout(20):
                await enough.wait()
                failure = followed.failure
    assert script.most_in_a_second() <= 10
    assert len(script.asked) / (script.times[-1] - script.times[0]) < 5
    assert (words is None) == (failure is None)
    assert failure is None or words is None or words in failure.message


async def test_how_long_ago_a_sign_of_life_came_is_told(clock: Clock) -> None:
    answers = [listing(version="7"), *[refusal(500)] * 3, stream(event("ADDED", "a", "8"), STAY)]
    async with scripted(clock, *answers) as (_, cluster), aclosing(cluster.follow(POD)) as followed:
        began = clock.now
        await take(followed, 1)
        clock.now += 5
        assert (followed.last_seen, followed.age) == (began, 5)
        await take(followed, 1)
        assert followed.last_seen == clock.now > began + 5
        assert (followed.age, followed.failure) == (0, None)


async def test_while_it_fails_it_says_why_and_ages(clock: Clock) -> None:
    failing = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        if clock.now > 1060:
            failing.set()
            await asyncio.Event().wait()

    async with serving(Script(clock, [refusal(429)])) as server:
        config = ClusterConfig(f"http://127.0.0.1:{server.port}")
        async with ClusterClient(config, sleep=sleep, jitter=lambda: 1.0, clock=clock) as cluster:
            followed = cluster.follow(POD)
            async with seen_by(followed) as seen, asyncio.timeout(10):
                await failing.wait()
                assert followed.age > 60
                assert isinstance(followed.failure, TooManyRequests)
                assert followed.failure.__traceback__ is None
                assert seen.snapshots == 0


async def test_a_silent_stream_is_dropped_and_all_listed_anew(clock: Clock) -> None:
    """Its version may be of a future that was restored away; and the next one is asked to end in time."""
    timeouts: list[float] = []

    def remembering(answer: Answer) -> Answer:
        async def remember(request: web.BaseRequest) -> web.StreamResponse:
            timeouts.append(float(request.query["timeoutSeconds"]))
            return await answer(request)

        return remember

    answers = [
        listing("a", version="7"), remembering(stream(STAY)), listing("b", version="5"),
        remembering(stream(event("ADDED", "c", "6"))), remembering(stream(event("ADDED", "d", "7"), STAY)),
    ]  # fmt: skip
    async with (
        scripted(clock, *answers, pace=Pace(silence=1)) as (script, cluster),
        aclosing(cluster.follow(POD)) as followed,
    ):
        assert await take(followed, 4) == ["snapshot 7 a", "snapshot 5 b", "ADDED c", "ADDED d"]
    assert script.asked == ["list", "watch 7", "list", "watch 5", "watch 6"]
    assert timeouts == [600, 1, 600]


async def test_a_version_that_no_watch_takes_is_given_up(clock: Clock) -> None:
    answers = [listing("a", version="7"), *[refusal(400)] * 4, listing("b", version="9"), stream(STAY)]
    async with scripted(clock, *answers) as (script, cluster), aclosing(cluster.follow(POD)) as followed:
        assert await take(followed, 2) == ["snapshot 7 a", "snapshot 9 b"]
    assert script.asked == ["list", *["watch 7"] * 4, "list"]


async def test_what_is_asked_for(clock: Clock) -> None:
    seen: list[tuple[str, str]] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        seen.append((request.path_qs, request.headers["Accept"]))
        if "watch" in request.query:
            return await stream(event("ADDED", "a", "8"), STAY)(request)
        return await listing(version="7")(request)

    async with scripted(clock, answer) as (_, cluster):
        chosen = cluster.follow(
            SECRET, field_selector="metadata.name=a", label_selector="x=y", metadata_only=True
        )
        async with aclosing(chosen) as followed:
            await take(followed, 2)
    chosen_by = "labelSelector=x%3Dy&fieldSelector=metadata.name%3Da"
    metadata = "application/json;as=PartialObjectMetadata{};g=meta.k8s.io;v=v1"
    watch = "watch=true&allowWatchBookmarks=true&resourceVersion=7"
    assert seen == [
        (f"/api/v1/secrets?{chosen_by}&limit=500", metadata.format("List")),
        (f"/api/v1/secrets?{watch}&{chosen_by}&timeoutSeconds=600", metadata.format("")),
    ]


OK = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
LIST = b'{"metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"b"}}]}'


async def test_leaving_closes_the_connection(clock: Clock) -> None:
    closed = asyncio.Event()
    answers = iter([OK + LIST, OK + event("ADDED", "a", "8")])

    async def raw(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data := next(answers))
        await writer.drain()
        if data.endswith(b"}\n"):
            assert await reader.read() == b""
            closed.set()

    async with serving_bytes(raw) as server, client_at(server, clock) as cluster:
        async with aclosing(cluster.follow(POD)) as followed:
            await take(followed, 2)
        async with asyncio.timeout(5):
            await closed.wait()


async def test_a_namespace_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(InvalidInput, match="is no name of a namespace"):
        ClusterClient(ClusterConfig("http://127.0.0.1:1")).follow(SECRET, namespace="a/b")


async def test_watches_leave_connections_to_other_requests(clock: Clock) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if "watch" in request.query:
            return await stream(event("ADDED", "a", "8"), STAY)(request)
        return json_reply({"metadata": {"resourceVersion": "7"}, "items": []})

    async with scripted(clock, answer) as (_, cluster), asyncio.timeout(10):
        every = [cluster.follow(POD, namespace=f"n{number}") for number in range(40)]
        try:
            for followed in every:
                assert await take(followed, 2) == ["snapshot 7", "ADDED a"]
            await asyncio.gather(*(cluster.get(NAMESPACE, f"n{number}") for number in range(40)))
        finally:
            for followed in every:
                await followed.aclose()


async def test_a_server_that_comes_back(clock: Clock) -> None:
    """Nothing listens for a while; then somebody does, who has another state."""
    failed = asyncio.Event()

    async def sleep(seconds: float) -> None:
        await clock.sleep(seconds)
        if clock.now > 1100:
            failed.set()
            await back.wait()

    async def replying(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        watch = b"watch=true" in await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + (event("ADDED", "c", "10") if watch else LIST))
        await writer.drain()
        writer.close()

    back = asyncio.Event()
    async with serving(closing) as server:
        config = ClusterConfig(f"http://127.0.0.1:{server.port}")
    async with (
        ClusterClient(config, sleep=sleep, jitter=lambda: 1.0, clock=clock) as cluster,
        asyncio.timeout(10),
        aclosing(cluster.follow(POD)) as followed,
    ):
        waiting = asyncio.create_task(take(followed, 2))
        await failed.wait()
        assert isinstance(followed.failure, ClusterUnreachable)
        assert followed.age > 90
        async with await asyncio.start_server(replying, "127.0.0.1", server.port):
            back.set()
            assert await waiting == ["snapshot 9 b", "ADDED c"]
