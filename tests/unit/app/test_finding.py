"""Objects that are not there: said in words that help, and only where the API server said so."""

import pytest

from pullsecret.app.finding import find, need
from pullsecret.core.errors import Forbidden, NotFound, UsageError
from pullsecret.core.objects import SECRET


async def test_finds_what_is_there_and_nothing_else(cluster):
    made = cluster.secret("harbor")
    assert (await find(cluster, SECRET, "harbor", "web") or {})["metadata"] == made["metadata"]
    assert await find(cluster, SECRET, "other", "web") is None


async def test_a_404_of_somebody_else_says_nothing_of_the_object(cluster):
    cluster.refuse("get", NotFound("GET http://proxy/api: the server has no such path", status=404))
    with pytest.raises(NotFound, match="no such path"):
        await need(cluster, SECRET, "harbor", "web")


@pytest.mark.parametrize(
    ("namespace", "message", "hint"),
    [
        pytest.param("web", "there is no Secret 'harbor' in namespace 'web'", "look", id="object"),
        pytest.param("nope", "there is no namespace 'nope'", "kubectl create namespace nope", id="namespace"),
        pytest.param("a b", "there is no namespace 'a b'", "kubectl create namespace 'a b'", id="quoted"),
    ],
)
async def test_says_what_is_not_there(cluster, namespace, message, hint):
    with pytest.raises(UsageError) as error:
        await need(cluster, SECRET, "harbor", namespace, hint="look")
    assert error.value.message == message
    assert hint in error.value.hint


async def test_a_namespace_that_may_not_be_looked_at_is_taken_to_be_there(cluster):
    cluster.meddle("get", lambda: None)
    cluster.refuse("get", Forbidden("no", status=403))
    with pytest.raises(UsageError, match="no Secret 'harbor' in namespace 'nope'"):
        await need(cluster, SECRET, "harbor", "nope")
