"""The whole sandbox, with our own registry client as its node's."""

import asyncio
import stat
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from pullsecret.core.objects import (
    DEPLOYMENT,
    EVENT,
    NAMESPACE,
    NODE,
    POD,
    SECRET,
    SERVICE_ACCOUNT,
    Object,
    name_of,
)
from pullsecret.core.sensitive import Sensitive
from pullsecret.registry.client import RegistryClient
from pullsecret.sandbox.accounts import User
from pullsecret.sandbox.images import image, index
from pullsecret.sandbox.misbehaviour import Failure
from pullsecret.sandbox.registry_server import RegistrySpec
from pullsecret.sandbox.world import Sandbox
from support.pods import told
from support.sandboxes import auth, pull_secret, settle

ROBOT = User("robot", Sensitive("good"))
SPEC = RegistrySpec(users=(ROBOT,))
EXPECTED_FAILURES = {
    "rate-limited": {"kind": Failure.RATE_LIMITED},
    "server-error": {"kind": Failure.SERVER_ERROR, "status": 503},
    "internal-error": {"kind": Failure.SERVER_ERROR, "status": 500},
    "closed": {"kind": Failure.CLOSED},
    "redirect-loop": {"kind": Failure.REDIRECT_LOOP},
}


def puller(ca_file: str | None) -> RegistryClient:
    return RegistryClient(ca_file=ca_file, environment={})


def pod(image_name: str, *secrets: str) -> Object:
    container = {"name": "app", "image": image_name, "imagePullPolicy": "Always"}
    names = [{"name": one} for one in secrets]
    return {"metadata": {"name": "web"}, "spec": {"containers": [container], "imagePullSecrets": names}}


def state_of(pod: Object) -> dict[str, Any]:
    statuses = pod["status"].get("containerStatuses") or [{"state": {}}]
    state: dict[str, Any] = statuses[0]["state"]
    return state


def waits_for(reason: str) -> Callable[[Object], bool]:
    return lambda pod: state_of(pod).get("waiting", {}).get("reason") == reason


def is_running(pod: Object) -> bool:
    return "running" in state_of(pod)


def exists(path: str) -> bool:
    return Path(path).exists()


async def is_ready(url: str) -> bool:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/readyz", ssl=False) as answer:
        return answer.status == 200


async def test_the_story_from_a_failing_pod_to_a_running_one() -> None:
    async with Sandbox(puller=puller, speed=100, registries=[SPEC]) as sandbox:
        registry = sandbox.registries["private"]
        labels = {"app": "web"}
        template = {"metadata": {"labels": labels}, "spec": pod(f"{registry.host}/lnmp/nginx:v2")["spec"]}
        body = {"selector": {"matchLabels": labels}, "template": template}
        sandbox.store.create(DEPLOYMENT, {"metadata": {"name": "web"}, "spec": body}, "default")
        failed = await sandbox.wait_for(POD, namespace="default", predicate=waits_for("ImagePullBackOff"))
        sandbox.store.create(SECRET, pull_secret("pull", {registry.host: auth()}), "default")
        account = sandbox.store.get(SERVICE_ACCOUNT, "default", "default")
        sandbox.store.update(SERVICE_ACCOUNT, account | {"imagePullSecrets": [{"name": "pull"}]})
        await sandbox.cluster.evict(name_of(failed), namespace="default")
        running = await sandbox.wait_for(POD, namespace="default", predicate=is_running)

        assert name_of(running) != name_of(failed)
        assert registry.logins()["robot"] > 0


@pytest.mark.parametrize("case", EXPECTED_FAILURES)
async def test_a_failing_registry_is_told_in_the_words_of_a_real_node(case: str) -> None:
    spec = RegistrySpec(users=(ROBOT,), images=[f"{case}/app:1"])
    async with Sandbox(puller=puller, speed=100, registries=[spec]) as sandbox:
        registry = sandbox.registries["private"]
        registry.fail(**EXPECTED_FAILURES[case])
        sandbox.store.create(SECRET, pull_secret("pull", {registry.host: auth()}), "default")
        sandbox.store.create(POD, pod(f"{registry.host}/{case}/app:1", "pull"), "default")
        failed = await sandbox.wait_for(POD, "web", namespace="default", predicate=waits_for("ErrImagePull"))

        expected = told(case)[2].replace("127.0.0.1:5055", registry.host)
        assert state_of(failed)["waiting"]["message"] == expected


async def test_forbidden_and_other_platforms_are_told_in_the_words_of_a_real_node() -> None:
    limited = User("robot", Sensitive("good"), pull=("arm/*", "both/*"))
    images = {
        "other/app:1": image("other"),
        "arm/app:1": index("arm", architectures=("arm64", "riscv64")),
        "both/app:1": index("both"),
    }
    async with Sandbox(
        puller=puller, speed=100, registries=[RegistrySpec(users=(limited,), images=images)]
    ) as sandbox:
        registry = sandbox.registries["private"]
        sandbox.store.create(SECRET, pull_secret("pull", {registry.host: auth()}), "default")
        for name in images:
            obj = pod(f"{registry.host}/{name}", "pull") | {"metadata": {"name": name.partition("/")[0]}}
            sandbox.store.create(POD, obj, "default")
        said = {}
        for name, case in {"other": "forbidden", "arm": "platform-mismatch"}.items():
            found = await sandbox.wait_for(
                POD, name, namespace="default", predicate=waits_for("ErrImagePull")
            )
            said[case] = state_of(found)["waiting"]["message"]
        await sandbox.wait_for(POD, "both", namespace="default", predicate=is_running)

        assert said == {case: told(case)[2].replace("127.0.0.1:5055", registry.host) for case in said}


async def test_a_password_that_is_mended_at_the_registry_works_at_the_next_try() -> None:
    async with Sandbox(puller=puller, speed=200, registries=[SPEC]) as sandbox:
        registry = sandbox.registries["private"]
        sandbox.store.create(SECRET, pull_secret("pull", {registry.host: auth(password="new")}), "default")
        sandbox.store.create(POD, pod(f"{registry.host}/lnmp/nginx:v2", "pull"), "default")
        await sandbox.wait_for(POD, "web", namespace="default", predicate=waits_for("ErrImagePull"))
        registry.accounts.put(User("robot", Sensitive("new")))

        await sandbox.wait_for(POD, "web", namespace="default", predicate=is_running)


async def test_a_cluster_is_furnished() -> None:
    async with Sandbox(puller=puller, registries=[]) as sandbox:
        (node,) = await sandbox.cluster.list(NODE)
        namespaces = [name_of(one) for one in await sandbox.cluster.list(NAMESPACE)]

    assert node["metadata"]["labels"]["kubernetes.io/arch"] == "amd64"
    assert {"type": "Ready", "status": "True"}.items() <= node["status"]["conditions"][-1].items()
    assert set(namespaces) == {"default", "kube-system", "kube-public", "kube-node-lease"}


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
async def test_the_kubeconfig_leads_to_the_server_and_is_private(tmp_path: Path, tls: bool) -> None:
    path = tmp_path / "config"
    path.write_text("old")
    path.chmod(0o644)
    async with Sandbox(puller=puller, registries=[], tls=tls) as sandbox:
        sandbox.kubeconfig(path, namespace="shop")
        content = yaml.safe_load(path.read_text())

        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert content["clusters"][0]["cluster"]["server"] == sandbox.url
        assert ("certificate-authority-data" in content["clusters"][0]["cluster"]) == tls
        assert sandbox.url.startswith("https://127.0.0.1:" if tls else "http://127.0.0.1:")
        assert content["contexts"][0]["context"]["namespace"] == "shop"
        assert await is_ready(sandbox.url)


async def test_leaving_leaves_nothing_behind() -> None:
    before = asyncio.all_tasks()
    spec = RegistrySpec(users=(ROBOT,), tls=True)
    async with Sandbox(puller=puller, speed=1, registries=[spec]) as sandbox:
        registry, url, ca_file = sandbox.registries["private"], sandbox.url, sandbox.ca_file
        registry.fail(Failure.SLOW, delay=3600)
        sandbox.store.create(POD, pod(f"{registry.host}/lnmp/nginx:v2"), "default")
        sandbox.store.create(POD, pod("x.test/INVALID") | {"metadata": {"name": "stuck"}}, "default")
        await sandbox.wait_for(POD, "stuck", namespace="default", predicate=waits_for("InvalidImageName"))

    assert ca_file
    assert not exists(ca_file)
    assert asyncio.all_tasks() == before
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(url)


async def test_a_fault_of_the_sandbox_itself_is_not_kept_quiet() -> None:
    class Broken:
        async def manifest(self, image: Any, credential: Any) -> Any:
            raise ZeroDivisionError

    async def run() -> None:
        async with Sandbox(puller=lambda _: nullcontext(Broken()), registries=[]) as sandbox:
            sandbox.store.create(POD, pod("127.0.0.1:1/a:b"), "default")
            await sandbox.wait_for(EVENT, predicate=lambda event: event["reason"] == "Pulling")
            await settle()

    with pytest.raises(ZeroDivisionError):
        await run()


async def test_waiting_ends() -> None:
    async with Sandbox(puller=puller, registries=[]) as sandbox:
        with pytest.raises(TimeoutError, match=r"waited 0.01 seconds in vain for pod default/none"):
            await sandbox.wait_for(POD, "none", namespace="default", within=0.01)
        with pytest.raises(TimeoutError, match="for a condition"):
            await sandbox.wait_until(lambda: False, within=0.01)


async def test_two_sandboxes_do_not_know_each_other() -> None:
    async with (
        Sandbox(puller=puller, registries=[]) as one,
        Sandbox(puller=puller, registries=[]) as other,
    ):
        one.store.create(NAMESPACE, {"metadata": {"name": "shop"}})

        assert one.url != other.url
        assert "shop" not in [name_of(n) for n in await other.cluster.list(NAMESPACE)]


async def test_a_registry_that_cannot_start_leaves_nothing_behind() -> None:
    before = asyncio.all_tasks()
    async with Sandbox(puller=puller, registries=[SPEC]) as first:
        port = int(first.registries["private"].host.rpartition(":")[2])
        with pytest.raises(OSError, match="address already in use"):
            async with Sandbox(puller=puller, registries=[RegistrySpec(port=port)]):
                pass

    assert asyncio.all_tasks() == before
