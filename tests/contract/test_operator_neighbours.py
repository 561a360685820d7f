"""One team's policies do not hold up another's, whatever their registries do; on both clusters."""

import asyncio
import base64
from contextlib import AbstractAsyncContextManager, nullcontext

import pytest

from pullsecret.core.credentials import Credential
from pullsecret.core.objects import SECRET
from pullsecret.core.policy.model import Verify
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET
from pullsecret.core.pullsecrets import secret_manifest
from pullsecret.core.verdicts import LoginResult
from pullsecret.operator.registries import opener
from support.clusters import login
from support.operating import FakeRegistries, Stage, condition, stays

POLICIES = 40
"""More than the operator looks at at once."""


class Silent(FakeRegistries):
    """Registries that never answer, and count who waits for them."""

    waiting = most = 0

    def open(self, _verify: Verify) -> AbstractAsyncContextManager[FakeRegistries]:
        return nullcontext(self)

    async def login(self, host: str, credential: Credential) -> LoginResult:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        try:
            await asyncio.Event().wait()
        finally:
            self.waiting -= 1
        raise AssertionError


async def test_a_team_with_dead_registries_holds_up_nobody_else(stage: Stage) -> None:
    nasty, nice = await stage.new_namespace(), await stage.new_namespace()
    manifest = secret_manifest("login", login("registry.example.com"))
    for namespace in (nasty, nice):
        await stage.cluster.create(SECRET, manifest, namespace=namespace)
    for _ in range(POLICIES):
        await stage.own_policy(nasty, verify={})
    registries = Silent()
    async with stage.operator(open_=registries.open):
        name = await stage.own_policy(nice)
        await stage.ready(name, namespace=nice)
        assert registries.most == 1


async def test_an_image_of_no_registry(stage: Stage) -> None:
    team, host = await stage.new_namespace(), "registry.example.com:99999"
    await stage.source(host=host)
    name = await stage.cluster_policy(team, verify={"image": f"{host}/app:1"})
    async with stage.operator(open_=opener({}, allow_realms=(), allow_local=False)):
        status = await stage.ready(name, "InvalidSpec")
        assert condition(status)["message"] == f"spec.verify.image: '{host}' is no registry"


@pytest.mark.parametrize(
    "bundle",
    [
        pytest.param(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", id="no-certificate"),
        pytest.param(b"-----BEGIN CERTIFICATE-----\n", id="cut"),
    ],
)
async def test_a_bundle_that_only_looks_like_one(stage: Stage, bundle: bytes) -> None:
    team = await stage.new_namespace()
    name = await stage.cluster_policy(team)
    async with stage.operator(open_=opener({}, allow_realms=(), allow_local=False)):
        await stage.ready(name)
        copy = await stage.copy(team, name)
        verify = {"caBundle": base64.b64encode(bundle).decode()}
        await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"verify": verify}})
        status = await stage.ready(name, "InvalidSpec")
        assert condition(status)["status"] == "False"
        assert condition(status)["message"].startswith("spec.verify.caBundle: ")
        await stays(stage.cluster, SECRET, copy, 0.2)
        await stage.patch(CLUSTER_PULL_SECRET, name, {"spec": {"verify": None}})
        await stage.ready(name)
