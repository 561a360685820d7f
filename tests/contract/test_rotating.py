"""Rotation where policies keep copies: at the source, waited for by a watch; the same on both clusters."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from pullsecret.app.rotate import Edit, Rotation, plan, write
from pullsecret.app.rotatesites import Sought, look
from pullsecret.app.rotatewait import FanOut, wait_for_copies
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.errors import UsageError
from pullsecret.core.objects import SECRET, Object, uid_of
from pullsecret.core.policy.model import Policy
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, POLICY_LABEL, POLICY_UID
from pullsecret.core.policy.reading import policy_of
from pullsecret.core.pullsecrets import Secret, secret_manifest
from pullsecret.core.rotation import OVERLAP, Login, Mode
from pullsecret.core.sensitive import Sensitive
from pullsecret.kube.client import ClusterClient
from support.clusters import login
from support.policies import define

HOST = "harbor.example.com"
NEW = Login("robot", Sensitive("new-word"))


@dataclass
class Kept:
    """A policy, its source in `home`, and its copies in two namespaces."""

    cluster: ClusterClient
    policy: Policy
    home: str
    targets: list[str]

    async def make(self, name: str, namespace: str, config: DockerConfig, **metadata: Any) -> Object:
        manifest = secret_manifest(name, config, namespace=namespace)
        manifest["metadata"] |= metadata
        return await self.cluster.create(SECRET, manifest, namespace=namespace)

    async def copies(self) -> None:
        marks = {"labels": {POLICY_LABEL: self.policy.label}, "annotations": {POLICY_UID: self.policy.uid}}
        for namespace in self.targets:
            await self.make(self.policy.secret_name, namespace, login(HOST), **marks)

    async def follow_up(self) -> None:
        """Bring the source's content to the copies, as the operator does."""
        source = await self.cluster.get(SECRET, "login", namespace=self.home)
        for namespace in self.targets:
            await self.cluster.patch(
                SECRET, self.policy.secret_name, {"data": source["data"]}, namespace=namespace,
                patch_type="application/merge-patch+json",
            )  # fmt: skip

    async def rotate(self, namespace: str, mode: Mode = Mode.ROTATE) -> list[Edit]:
        sites = await look(self.cluster, self.policy.secret_name, [namespace], Sought())
        rotation = Rotation()
        await write(self.cluster, plan(sites, NEW, mode), NEW, mode, Sought(), rotation)
        assert rotation.outcome.exit_code == 0
        return rotation.edits


@pytest.fixture
async def kept(cluster: ClusterClient, new_namespace: Any) -> AsyncIterator[Kept]:
    await define(cluster)
    home, *targets = [await new_namespace() for _ in range(3)]
    spec = {
        "secretName": f"pull-{home}",
        "credentials": [{"type": "DockerConfig", "secretRef": {"namespace": home, "name": "login"}}],
        "namespaces": {"include": targets},
    }
    body = {
        "apiVersion": CLUSTER_PULL_SECRET.api_version,
        "kind": CLUSTER_PULL_SECRET.kind,
        "metadata": {"name": f"rotating-{home}"},
        "spec": spec,
    }
    policy = policy_of(await cluster.create(CLUSTER_PULL_SECRET, body))
    made = Kept(cluster, policy, home, targets)
    await made.make("login", home, login(HOST))
    yield made
    await cluster.delete(CLUSTER_PULL_SECRET, policy.key.name)


async def test_a_copy_is_rotated_at_its_source_and_all_copies_are_waited_for(kept: Kept) -> None:
    await kept.copies()
    before = await kept.cluster.get(SECRET, "login", namespace=kept.home)
    edits = await kept.rotate(kept.targets[0], Mode.OVERLAP)
    after = await kept.cluster.get(SECRET, "login", namespace=kept.home)
    assert uid_of(after) == uid_of(before)
    assert after["metadata"]["annotations"] == {OVERLAP: f'{{"{HOST}/%3Fold": "{HOST}"}}'}
    entries = Secret.from_manifest(after).config.entries
    assert {key: entry.password.reveal() for key, entry in entries.items()} == {
        HOST: "new-word", f"{HOST}/%3Fold": "s3cret-word",
    }  # fmt: skip

    seen: asyncio.Queue[tuple[int, int]] = asyncio.Queue()
    found: list[FanOut] = []
    waiting = asyncio.create_task(
        wait_for_copies(kept.cluster, edits, 60, found, lambda *how: seen.put_nowait(how))
    )
    assert await seen.get() == (0, 2)
    await kept.follow_up()
    assert await waiting == []
    assert [(fan_out.copies, fan_out.missing) for fan_out in found] == [(2, ())]


async def test_the_end_of_an_overlap_takes_the_annotation_away(kept: Kept) -> None:
    await kept.copies()
    await kept.rotate(kept.targets[0], Mode.OVERLAP)
    await kept.rotate(kept.targets[0], Mode.FINISH)
    after = await kept.cluster.get(SECRET, "login", namespace=kept.home)
    assert not after["metadata"].get("annotations")
    assert list(Secret.from_manifest(after).config.entries) == [HOST]


async def test_who_lacks_it_is_named(kept: Kept) -> None:
    await kept.copies()
    found: list[FanOut] = []
    await wait_for_copies(kept.cluster, await kept.rotate(kept.targets[0]), 0.5, found, lambda *_: None)
    assert [fan_out.missing for fan_out in found] == [tuple(sorted(kept.targets))]


async def test_forged_marks_lead_nowhere(kept: Kept, new_namespace: Any) -> None:
    """Marks of a real policy, in a namespace that it does not mean."""
    elsewhere = await new_namespace()
    marks = {"labels": {POLICY_LABEL: kept.policy.label}, "annotations": {POLICY_UID: kept.policy.uid}}
    await kept.make(kept.policy.secret_name, elsewhere, login(HOST), **marks)
    before = await kept.cluster.get(SECRET, "login", namespace=kept.home)
    with pytest.raises(UsageError, match="no such policy keeps it here"):
        await kept.rotate(elsewhere)
    assert await kept.cluster.get(SECRET, "login", namespace=kept.home) == before


async def test_a_basic_source(kept: Kept) -> None:
    named = {"annotations": {"pullsecret.dev/registry": HOST}}
    body = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "robot", **named},
        "type": "kubernetes.io/basic-auth",
        "stringData": {"username": "robot", "password": "old"},
    }
    made = await kept.cluster.create(SECRET, body, namespace=kept.home)
    ref = {"namespace": kept.home, "name": "robot"}
    spec = {"credentials": [{"type": "Basic", "registry": HOST, "secretRef": ref}]}
    await kept.cluster.patch(
        CLUSTER_PULL_SECRET, kept.policy.key.name, {"spec": spec}, patch_type="application/merge-patch+json"
    )
    await kept.copies()
    await kept.rotate(kept.targets[0])
    after = Secret.from_manifest(await kept.cluster.get(SECRET, "robot", namespace=kept.home))
    assert (after.data, after.uid) == ({"username": b"robot", "password": b"new-word"}, uid_of(made))
