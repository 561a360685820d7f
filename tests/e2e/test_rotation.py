"""A registry's password changes while Deployments roll without stop: a real registry, kubelet and containerd.

The registry is distribution's, which reads its htpasswd file again when it changes. The user is one of these
tests' own, so that nobody else's pulls fail.
"""

import asyncio
import json
import secrets
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pullsecret.core.objects import DEPLOYMENT, POD, SECRET, Object, name_of, uid_of
from pullsecret.kube.client import ClusterClient
from support.realcluster import FAILED_PULL, Ran, Registry, deployment, runs

DEPLOYMENTS = 4
WITHIN = 60.0
"""Seconds in which every Pod that failed must run, from the verification of the new password on."""
MERGE_PATCH = "application/merge-patch+json"


@dataclass(frozen=True)
class Account:
    """A user of the plain registry, whose password can be changed there."""

    file: str
    name: str

    def set(self, password: str) -> None:
        subprocess.run(
            ["htpasswd", "-iB", "-C", "5", self.file, self.name],
            input=password, text=True, check=True, capture_output=True,
        )  # fmt: skip

    def remove(self) -> None:
        subprocess.run(["htpasswd", "-D", self.file, self.name], check=True, capture_output=True)


@pytest.fixture
def account(real: dict[str, str]) -> Iterator[Account]:
    file = Path(real["E2E_CA_FILE"]).with_name("htpasswd")
    if not file.exists():
        pytest.skip("the registry's htpasswd file is not beside its CA: its passwords cannot be changed")
    made = Account(str(file), f"roller-{secrets.token_hex(4)}")
    yield made
    made.remove()


@dataclass
class Rolling:
    """Deployments that are rolled out again as soon as their newest Pod runs, and what was seen of all Pods.

    Attributes:
        failed: when each Pod's pull was first seen to fail, by name, in seconds of the monotonic clock.
        ran: likewise, when it ran; or went, if it never did.
        messages: what the kubelet said of the failures.
        rolled: which Deployment ran in which roll-out.
    """

    cluster: ClusterClient
    namespace: str
    names: list[str]
    failed: dict[str, float] = field(default_factory=dict)
    ran: dict[str, float] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)
    rolled: set[tuple[str, str]] = field(default_factory=set)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def watch(self) -> None:
        version = (await self.cluster.listing(POD, namespace=self.namespace)).resource_version
        following = self.cluster.watch(POD, namespace=self.namespace, resource_version=version)
        async with aclosing(following) as events:
            async for event, pod in events:
                if event != "BOOKMARK":
                    await self._note(event, pod)

    async def _note(self, event: str, pod: Object) -> None:
        name = name_of(pod)
        if FAILED_PULL(pod):
            self.failed.setdefault(name, time.monotonic())
            waits = pod["status"]["containerStatuses"][0]["state"]["waiting"]
            self.messages.append(f"{name} {waits['reason']}: {waits.get('message')}")
        if runs(pod):
            metadata = pod["metadata"]
            self.rolled.add((metadata["labels"].get("app"), metadata.get("annotations", {}).get("roll")))
        if runs(pod) or (event == "DELETED" and name in self.failed):
            self.ran.setdefault(name, time.monotonic())
        async with self.changed:
            self.changed.notify_all()

    async def roll(self, name: str) -> None:
        for number in range(10_000):
            mark = {"annotations": {"roll": str(number)}}
            await self.cluster.patch(
                DEPLOYMENT, name, {"spec": {"template": {"metadata": mark}}}, patch_type=MERGE_PATCH,
                namespace=self.namespace,
            )  # fmt: skip
            await self.seen(lambda wanted=(name, str(number)): wanted in self.rolled)

    async def more(self, pods: int) -> None:
        """Wait until so many more Pods run than now."""
        wanted = len(self.ran) + pods
        await self.seen(lambda: len(self.ran) >= wanted)

    async def seen(self, holds: Callable[[], bool], patience: float = 200.0) -> None:
        async with asyncio.timeout(patience), self.changed:
            await self.changed.wait_for(holds)  # a Condition's, which minds being cancelled


@asynccontextmanager
async def rolling(cluster: ClusterClient, namespace: str, image: str) -> AsyncIterator[Rolling]:
    names = [f"web-{number}" for number in range(DEPLOYMENTS)]
    for name in names:
        await cluster.create(DEPLOYMENT, deployment(name, image), namespace=namespace)
    made = Rolling(cluster, namespace, names)
    async with asyncio.TaskGroup() as tasks:
        started = [tasks.create_task(made.watch()), *(tasks.create_task(made.roll(name)) for name in names)]
        try:
            await made.more(DEPLOYMENTS)
            yield made
        finally:
            for task in started:
                task.cancel()


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a figure where pytest does not swallow it."""

    def show(text: str) -> None:
        with capsys.disabled():
            print(f"\n{text}")  # noqa: T201

    return show


Run = Callable[..., Awaitable[Ran]]


@pytest.fixture
def go(run: Callable[..., Ran]) -> Run:
    """Run our program beside the watches, which go on meanwhile."""

    async def call(*argv: str, **how: Any) -> Ran:
        return await asyncio.to_thread(run, *argv, **how)

    return call


@pytest.fixture
async def pulling(go: Run, account: Account, namespace: str, plain: Registry) -> str:
    """A namespace whose Pods pull as the account; gives the password."""
    password = secrets.token_hex(8)
    account.set(password)
    await go(
        "create", "pull", "-n", namespace, "--registry", plain.host, "-u", account.name, "--password-stdin",
        "--attach", "default", stdin=password,
    )  # fmt: skip
    return password


@pytest.mark.usefixtures("pulling")
async def test_with_an_overlap_no_pod_is_ever_in_back_off(
    go: Run, cluster: ClusterClient, namespace: str, account: Account, plain: Registry,
    tell: Callable[[str], None],
) -> None:  # fmt: skip
    """A registry with one password a user: the new one is put beside the old, then it changes there."""
    before = await cluster.get(SECRET, "pull", namespace=namespace)
    new = secrets.token_hex(8)
    async with rolling(cluster, namespace, plain.image) as rolled:
        await go("rotate", "pull", "-n", namespace, "--password-stdin", "--overlap", "--no-verify", stdin=new)
        await rolled.more(2 * DEPLOYMENTS)
        account.set(new)
        await rolled.more(3 * DEPLOYMENTS)
        await go("rotate", "pull", "-n", namespace, "--finish", "--verify", plain.image, hide=new)
        await rolled.more(2 * DEPLOYMENTS)
        tell(f"with --overlap: {len(rolled.ran)} Pods pulled, {len(rolled.failed)} failed")
        assert not rolled.failed, rolled.messages
    after = await cluster.get(SECRET, "pull", namespace=namespace)
    assert uid_of(after) == uid_of(before)
    shown = json.loads((await go("show", "pull", "-n", namespace, "-o", "json")).out)
    assert [entry["key"] for entry in shown["registries"]] == [plain.host]


@pytest.mark.usefixtures("pulling")
async def test_without_one_all_that_failed_run_soon_after(
    go: Run, cluster: ClusterClient, namespace: str, account: Account, plain: Registry,
    tell: Callable[[str], None],
) -> None:  # fmt: skip
    new = secrets.token_hex(8)
    async with rolling(cluster, namespace, plain.image) as rolled:
        account.set(new)
        await rolled.seen(lambda: len(rolled.failed) >= DEPLOYMENTS)
        await go("rotate", "pull", "-n", namespace, "--password-stdin", stdin=new)
        verified = time.monotonic()
        failed = set(rolled.failed)
        await rolled.seen(lambda: rolled.ran.keys() >= failed)
        took = max(rolled.ran[name] for name in failed) - verified
        tell(f"without: {len(failed)} Pods failed; all run {took:.1f} s after the verification")
        assert took <= WITHIN


async def test_each_registry_proves_a_password_before_it_is_put_in_place(
    run: Callable[..., Ran], cluster: ClusterClient, namespace: str, registry: Registry
) -> None:
    login = ["--registry", registry.host, "-u", registry.username, "--password-stdin"]
    run("create", "pull", "-n", namespace, *login, "--no-verify", stdin="the-old-word")
    before = await cluster.get(SECRET, "pull", namespace=namespace)
    rotate = ["rotate", "pull", "-n", namespace, "--password-stdin", *registry.how]
    refused = run(*rotate, stdin="not-the-password", code=1)
    assert refused.err.count("\n") == 1
    assert await cluster.get(SECRET, "pull", namespace=namespace) == before
    run(*rotate, "--dry-run=server", stdin=registry.password)
    assert await cluster.get(SECRET, "pull", namespace=namespace) == before
    done = json.loads(run(*rotate, "--overlap", "-o", "json", stdin=registry.password).out)
    assert (done["kind"], done["verified"], done["username"]) == ("RotateReport", "login", registry.username)
    finish = ["rotate", "pull", "-n", namespace, "--finish", "--verify", registry.image, *registry.how]
    assert json.loads(run(*finish, "-o", "json", hide=registry.password).out)["verified"] == "pull"
    after = await cluster.get(SECRET, "pull", namespace=namespace)
    assert uid_of(after) == uid_of(before)
    assert json.loads(run("verify", registry.image, "--secret", "pull", "-n", namespace, *registry.how,
                          "-o", "json").out)["images"][0]["proven"]  # fmt: skip
