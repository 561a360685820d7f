"""A team that has a name holds up nobody's deletion; what is somebody else's by now is let go of."""

import base64
from typing import Any

import pytest

from pullsecret.app.leaving import take_back, traces_of
from pullsecret.app.outcome import Action
from pullsecret.core.objects import SECRET, Object, uid_of
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, POLICY_UID
from pullsecret.core.pullsecrets import secret_manifest
from support.clusters import login
from support.contract import gone
from support.operating import HOST, Stage, stays

LARGEST = 1048576
"""Bytes that a Secret may hold."""


async def kept(stage: Stage, team: str) -> str:
    """Have a policy keep its copy in a team's namespace, attached."""
    name = await stage.cluster_policy(team)
    async with stage.operator():
        await stage.copy(team, name)
        await stage.attached(team, name)
        await stage.ready(name)
    return name


async def replaced(stage: Stage, team: str, name: str, **manifest: Any) -> Object:
    await stage.delete(SECRET, name, team)
    annotations = manifest.pop("annotations", {})
    whole = {**secret_manifest(name, login(HOST, password="theirs")), **manifest}
    whole["metadata"]["annotations"] = annotations
    return await stage.cluster.create(SECRET, whole, namespace=team)


async def test_an_heir_cannot_take_over_what_is_no_pull_secret(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await kept(stage, team)
    uid = uid_of(await stage.cluster.get(CLUSTER_PULL_SECRET, name))
    await replaced(stage, team, name, type="Opaque", data={}, annotations={POLICY_UID: uid})
    await stage.cluster.create(SECRET, secret_manifest("login", login(HOST, password="own")), namespace=team)
    await stage.own_policy(team, name=name)
    async with stage.operator():
        await stage.ready(name, "NamespacesFailed", namespace=team)
        await stage.delete(CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        await stage.copy(team, name, password="own")
        await stage.ready(name, namespace=team)


async def test_an_heir_whose_content_does_not_fit_into_the_copy(stage: Stage) -> None:
    team = await stage.new_namespace()
    name = await kept(stage, team)
    held = await stage.cluster.get(SECRET, name, namespace=team)
    room = LARGEST - sum(len(base64.b64decode(value)) for value in held["data"].values())
    pad = {"pad": base64.b64encode(b"x" * (room - 16)).decode()}
    await stage.patch(SECRET, name, {"data": pad}, team)
    more = login(HOST, "two.example.com", "three.example.com", password="own")
    await stage.cluster.create(SECRET, secret_manifest("login", more), namespace=team)
    await stage.own_policy(team, name=name)
    async with stage.operator():
        await stage.ready(name, "NamespacesFailed", namespace=team)
        await stage.delete(CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
        await stage.copy(team, name, password="own")
        await stage.attached(team, name)
        await stage.ready(name, namespace=team)
    assert "pad" not in (await stage.cluster.get(SECRET, name, namespace=team))["data"]


MARKS = pytest.mark.parametrize("marks", [{}, {POLICY_UID: "dead"}], ids=["foreign", "a-uid-put-on-by-hand"])


@MARKS
async def test_our_entry_goes_with_the_policy_where_the_secret_is_another_by_now(
    stage: Stage, marks: dict[str, str]
) -> None:
    team = await stage.new_namespace()
    name = await kept(stage, team)
    theirs = await replaced(stage, team, name, annotations=marks)
    async with stage.operator():
        await stage.delete(CLUSTER_PULL_SECRET, name)
        await gone(stage.cluster, CLUSTER_PULL_SECRET, name)
    await stage.detached(team, name)
    await stays(stage.cluster, SECRET, theirs, 0)


@MARKS
async def test_our_entry_goes_without_an_operator_where_the_secret_is_another_by_now(
    stage: Stage, marks: dict[str, str]
) -> None:
    team = await stage.new_namespace()
    await stage.cluster.create(SECRET, secret_manifest("login", login(HOST)), namespace=team)
    name = await stage.own_policy(team)
    async with stage.operator():
        await stage.attached(team, name)
        await stage.ready(name, namespace=team)
    theirs = await replaced(stage, team, name, annotations=marks)
    outcome = await take_back(stage.cluster, await traces_of(stage.cluster, [team]))
    assert [(change.resource, change.action) for change in outcome.changes] == [
        ("serviceaccount/default", Action.DETACHED),
        (f"pullsecret/{name}", Action.RELEASED),
    ]
    await stage.detached(team, name)
    await stays(stage.cluster, SECRET, theirs, 0)
