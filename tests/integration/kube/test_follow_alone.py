"""One namespace is followed by its own path: looked at once its watch is open; nothing is missed."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest
from aiohttp import web

from pullsecret.core.errors import Forbidden
from pullsecret.core.objects import NAMESPACE
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.lists import Choice
from pullsecret.kube.reflector import Reflector
from pullsecret.kube.settings import ClusterConfig
from support.following import STAY, Answer, Clock, Script, error_event, event, refusal, stream, take
from support.httpserver import serving

ONLY = "metadata.name=web"


def found(version: str) -> Answer:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.json_response({"metadata": {"name": "web", "resourceVersion": version}})

    return answer


@asynccontextmanager
async def following(clock: Clock, *answers: Answer) -> AsyncIterator[tuple[Script, Reflector]]:
    script = Script(clock, list(answers))
    async with serving(script) as server:
        config = ClusterConfig(f"http://127.0.0.1:{server.port}")
        async with ClusterClient(config, sleep=clock.sleep, jitter=lambda: 1.0, clock=clock) as cluster:
            async with aclosing(cluster.follow(NAMESPACE, field_selector=ONLY)) as followed:
                yield script, followed
            paths = {seen.path.partition("?")[0] for seen in server.seen}
            assert paths <= {"/api/v1/watch/namespaces/web", "/api/v1/namespaces/web"}


async def test_what_is_there_is_looked_at_after_the_watch_began() -> None:
    events = stream(event("ADDED", "web", "3"), event("MODIFIED", "web", "9"), STAY)
    async with following(Clock(), events, found("3")) as (script, followed):
        assert await take(followed, 3) == ["snapshot 3 web", "ADDED web", "MODIFIED web"]
    assert script.asked == ["watch None", "list"]


async def test_what_is_not_there_is_told_as_well() -> None:
    events = stream(event("BOOKMARK", "", "7"), event("ADDED", "web", "9"), STAY)
    async with following(Clock(), events, refusal(404)) as (script, followed):
        assert await take(followed, 2) == ["snapshot ", "ADDED web"]
    assert script.asked == ["watch None", "list"]


async def test_it_goes_on_from_a_bookmark_without_a_look() -> None:
    first = stream(event("ADDED", "web", "3"), event("BOOKMARK", "", "20"))
    then = stream(event("DELETED", "web", "21"), STAY)
    async with following(Clock(), first, found("3"), then) as (script, followed):
        assert await take(followed, 3) == ["snapshot 3 web", "ADDED web", "DELETED web"]
    assert script.asked == ["watch None", "list", "watch 20"]


@pytest.mark.parametrize(
    "too_old",
    [pytest.param(refusal(410), id="answer"), pytest.param(stream(error_event(410)), id="event")],
)
async def test_a_version_that_is_too_old_is_no_failure(too_old: Answer) -> None:
    """That of the object itself is, after a while: nobody need have changed it for years."""
    clock = Clock()
    first = stream(event("ADDED", "web", "3"))
    answers = [first, found("3"), too_old, stream(STAY), refusal(404), stream(STAY)]
    async with following(clock, *answers) as (script, followed):
        assert await take(followed, 3) == ["snapshot 3 web", "ADDED web", "snapshot "]
    assert script.asked == ["watch None", "list", "watch 3", "watch None", "list"]
    assert max(clock.slept, default=0.0) <= 1.0, "but for the least time between two watches"


async def test_a_missing_right_is_waited_for() -> None:
    answers = [refusal(403), stream(STAY), refusal(403), stream(STAY), found("3"), stream(STAY)]
    async with following(Clock(), *answers) as (script, followed):
        assert await take(followed, 1) == ["snapshot 3 web"]
        assert not isinstance(followed.failure, Forbidden)
    assert script.asked == ["watch None", "watch None", "list", "watch None", "list"]


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        pytest.param(Choice(NAMESPACE, field_selector=ONLY), "web", id="one"),
        pytest.param(Choice(NAMESPACE), "", id="all"),
        pytest.param(Choice(NAMESPACE, label_selector="a=b", field_selector=ONLY), "", id="labels-too"),
        pytest.param(Choice(NAMESPACE, field_selector=f"{ONLY},status.phase=Active"), "", id="fields-too"),
        pytest.param(Choice(NAMESPACE, field_selector="metadata.name!=web"), "", id="all-others"),
    ],
)
def test_which_choices_are_of_one_namespace(choice: Choice, name: str) -> None:
    assert choice.alone == name
