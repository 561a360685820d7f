"""Waiting for the copies of policies: who counts as one, what it has to hold, and what is said at the end."""

import asyncio

import pytest

from pullsecret.app.rotate import Rotation, plan, write
from pullsecret.app.rotatesites import Sought, look
from pullsecret.app.rotatewait import Wanted, wait_for_copies
from pullsecret.core.errors import ClusterError, Forbidden
from pullsecret.core.objects import NAMESPACE, SECRET
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, EXCLUDE, POLICY_UID
from pullsecret.core.rotation import Login, Mode
from pullsecret.core.sensitive import Sensitive
from support.clusters import login
from support.rotations import RotationCluster

HOST = "harbor.example.com"
NEW = Login("robot", Sensitive("new-word"))
LONG, SHORT = 20.0, 0.05


@pytest.fixture
def cluster():
    made = RotationCluster()
    for namespace in ("web", "batch", "platform"):
        made.namespace(namespace)
    made.secret("login", namespace="platform")
    return made


async def written(cluster, mode=Mode.ROTATE, name="login", namespace="platform"):
    rotation = Rotation()
    edits = plan(await look(cluster, name, [namespace], Sought()), NEW, mode)
    await write(cluster, edits, NEW, mode, Sought(), rotation)
    return rotation.edits


async def wait(cluster, edits, patience=LONG):
    found, told = [], []
    warnings = await wait_for_copies(cluster, edits, patience, found, lambda *how: told.append(how))
    return found, told, warnings


async def test_waits_until_the_last_copy_has_it(cluster):
    policy = cluster.policy()
    cluster.operate(policy)
    edits = await written(cluster)
    waiting = asyncio.create_task(wait(cluster, edits))
    await cluster.is_followed.wait()
    assert not waiting.done()
    cluster.operate(policy)
    (fan_out,), told, warnings = await waiting
    assert (fan_out.copies, fan_out.updated, fan_out.missing, fan_out.trouble) == (2, 2, (), "")
    assert (told[0], told[-1], warnings) == ((0, 2), (2, 2), [])
    assert [followed.closed for followed in cluster.followed] == [True]


async def test_copies_that_have_it_already_are_not_waited_for(cluster):
    policy = cluster.policy()
    edits = await written(cluster)
    cluster.operate(policy)
    (fan_out,), _, _ = await wait(cluster, edits)
    assert (fan_out.updated, cluster.followed) == (2, [])


async def test_the_end_of_an_overlap_is_waited_for(cluster):
    policy = cluster.policy()
    await written(cluster, Mode.OVERLAP)
    cluster.operate(policy)
    edits = await written(cluster, Mode.FINISH)
    (fan_out,), _, _ = await wait(cluster, edits, SHORT)
    assert fan_out.missing == ("batch", "web")
    cluster.operate(policy)
    (fan_out,), _, _ = await wait(cluster, edits)
    assert fan_out.missing == ()


async def test_who_lacks_it_is_named_with_what_the_policy_says(cluster):
    policy = cluster.policy()
    cluster.operate(policy)
    held = cluster.store.get(CLUSTER_PULL_SECRET, "harbor", "")
    conditions = [
        {"type": "Ready", "status": "False", "reason": "SourceInvalid", "message": "it is broken"},
        {"type": "CredentialVerified", "status": "False", "reason": "CredentialRejected"},
        {"type": "Other", "status": "True", "reason": "Fine"},
    ]
    at = {"lastTransitionTime": "2026-01-01T00:00:00Z", "message": ""}
    held["status"] = {"conditions": [{**at, **condition} for condition in conditions]}
    cluster.store.update_status(CLUSTER_PULL_SECRET, held)
    (fan_out,), _, _ = await wait(cluster, await written(cluster), SHORT)
    assert fan_out.missing == ("batch", "web")
    assert fan_out.trouble == "Ready is False: it is broken; CredentialVerified is False: CredentialRejected"


async def test_a_policy_that_says_nothing(cluster):
    cluster.operate(cluster.policy())
    (fan_out,), _, _ = await wait(cluster, await written(cluster), SHORT)
    assert fan_out.trouble == ""


async def test_a_policy_that_went_meanwhile_says_nothing(cluster):
    cluster.operate(cluster.policy())
    edits = await written(cluster)
    cluster.store.delete(CLUSTER_PULL_SECRET, "harbor", "")
    (fan_out,), _, _ = await wait(cluster, edits, SHORT)
    assert (fan_out.missing, fan_out.trouble) == (("batch", "web"), "")


async def test_why_nothing_is_seen(cluster):
    cluster.operate(cluster.policy())
    cluster.watch_failure = ClusterError("the watch broke")
    (fan_out,), _, _ = await wait(cluster, await written(cluster), SHORT)
    assert fan_out.trouble == "the watch broke"


async def test_why_the_policy_cannot_be_asked(cluster):
    cluster.operate(cluster.policy())
    edits = await written(cluster)
    cluster.refuse("get", ClusterError("gone away"))
    (fan_out,), _, _ = await wait(cluster, edits, SHORT)
    assert fan_out.trouble == "gone away"


async def test_of_two_policies_the_late_one_is_named(cluster):
    cluster.operate(cluster.policy("late"))
    in_time = cluster.policy("in-time")
    edits = await written(cluster)
    cluster.operate(in_time)
    found, told, _ = await wait(cluster, edits, SHORT)
    assert {f.policy.key.name: f.missing for f in found} == {"late": ("batch", "web"), "in-time": ()}
    assert told[-1] == (2, 4)


@pytest.mark.parametrize("kind", [SECRET, NAMESPACE])
async def test_copies_that_opted_out_are_not_waited_for(cluster, kind):
    cluster.operate(cluster.policy())
    for name, namespace in (
        (("harbor", "web"), ("harbor", "batch")) if kind == SECRET else (("web", ""), ("batch", ""))
    ):
        obj = cluster.store.get(kind, name, namespace)
        obj["metadata"].setdefault("annotations", {})[EXCLUDE] = "true"
        cluster.store.update(kind, obj)
    (fan_out,), _, _ = await wait(cluster, await written(cluster))
    assert (fan_out.copies, fan_out.missing) == (0, ())


async def test_copies_that_go_or_change_hands_are_not_waited_for(cluster):
    cluster.operate(cluster.policy())
    waiting = asyncio.create_task(wait(cluster, await written(cluster)))
    await cluster.is_followed.wait()
    cluster.store.delete(SECRET, "harbor", "web")
    foreign = cluster.store.get(SECRET, "harbor", "batch")
    foreign["metadata"]["annotations"][POLICY_UID] = "x"
    cluster.store.update(SECRET, foreign)
    (fan_out,), _, _ = await waiting
    assert fan_out.copies == 0


async def test_secrets_of_the_same_name_that_are_no_copies(cluster):
    cluster.policy()
    cluster.secret("harbor")
    (fan_out,), _, _ = await wait(cluster, await written(cluster))
    assert fan_out.copies == 0


async def test_without_the_right_to_see_copies_nothing_is_waited_for(cluster):
    cluster.operate(cluster.policy())
    edits = await written(cluster)
    cluster.refuse("list secrets", Forbidden("not you", status=403))
    found, _, (warning,) = await wait(cluster, edits)
    assert found == []
    assert warning == "the copies of ClusterPullSecret harbor were not looked at: not you"


async def test_without_the_right_to_see_namespaces_all_copies_count(cluster):
    cluster.operate(cluster.policy())
    edits = await written(cluster)
    cluster.refuse("list namespaces", Forbidden("not you", status=403))
    (fan_out,), _, _ = await wait(cluster, edits, SHORT)
    assert fan_out.copies == 2


async def test_a_secret_that_no_policy_reads_has_nobody_to_wait_for(cluster):
    cluster.secret("own")
    assert await wait(cluster, await written(cluster, name="own", namespace="web")) == ([], [(0, 0)], [])


async def test_what_cannot_be_read_does_not_hold_it(cluster):
    wanted = Wanted({HOST: NEW})
    broken = cluster.secret("harbor", data={".dockerconfigjson": "eyJhdXRocyI6W119"})
    assert not wanted.held_by(broken)
    assert not wanted.held_by(cluster.secret("other", login("ghcr.io", password="new-word")))
    assert wanted.held_by(cluster.secret("good", login(HOST, password="new-word")))
