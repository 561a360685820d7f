"""A run over sixty namespaces, some of which will not have it."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from pullsecret.app.sync.gather import sources_of
from pullsecret.app.sync.report import SyncReport
from pullsecret.app.sync.run import SyncRequest, sync
from pullsecret.core.errors import ClusterError
from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT, Object, name_of, uid_of
from pullsecret.core.policy.model import DockerConfigSource, Policy, PolicyKey, SecretRef
from pullsecret.core.policy.names import ADOPT, EXCLUDE, LOCAL, POLICY_LABEL, local_uid
from pullsecret.core.policy.selecting import Namespaces
from pullsecret.core.policy.selectortext import selector_of
from pullsecret.core.policy.sources import content_of
from pullsecret.core.pullsecrets import Secret, secret_manifest, with_config
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.transport import Request
from support.clusters import login, names_in
from support.contract import MERGE_PATCH, Ran, Raw, pull_secret
from support.faultproxies import FaultProxy
from support.programs import BIN
from support.realcluster import until

MANY, FEW = 60, 8
"""Namespaces; on a real cluster it takes a while until so many are gone again."""
HELD = "pullsecret.dev/test-holds-it"
WRITES = {"POST", "PATCH", "PUT", "DELETE"}


@dataclass
class Fan:
    """Namespaces with one prefix, and a source in another."""

    cluster: ClusterClient
    prefix: str
    size: int
    requests: list[Request] = field(default_factory=list)

    @property
    def source(self) -> SecretRef:
        return SecretRef(f"{self.prefix}-source", "login")

    @property
    def names(self) -> list[str]:
        return [f"{self.prefix}-{index:02}" for index in range(self.size)]

    def __getitem__(self, index: int) -> str:
        return self.names[index]

    def policy(self, **changes: Any) -> Policy:
        given = {
            "key": PolicyKey(LOCAL, "", "harbor"),
            "secret_name": "harbor",
            "sources": (DockerConfigSource(self.source),),
            "namespaces": Namespaces((f"{self.prefix}-*",), (self.source.namespace,)),
            "uid": local_uid(self.source.namespace, self.source.name),
        }
        return Policy(**{**given, **changes})

    async def run(self, *, prune: bool = False, **changes: Any) -> SyncReport:
        policy = self.policy(**changes)
        content = content_of(policy, await sources_of(self.cluster, policy))
        self.requests.clear()
        return await sync(self.cluster, SyncRequest(policy, content, prune), asyncio.sleep)

    def writes(self) -> list[Request]:
        return [request for request in self.requests if request.method in WRITES]

    async def copies(self) -> dict[str, Object]:
        found = await self.cluster.list(SECRET, field_selector="metadata.name=harbor")
        return {
            obj["metadata"]["namespace"]: obj
            for obj in found
            if obj["metadata"]["namespace"].startswith(self.prefix)
        }

    async def mark(self, name: str, **metadata: Any) -> None:
        await self.cluster.patch(NAMESPACE, name, {"metadata": metadata}, patch_type=MERGE_PATCH)

    async def listed(self, name: str) -> list[str]:
        return names_in(await self.cluster.get(SERVICE_ACCOUNT, "default", namespace=name))


@pytest.fixture
async def fan(cluster: ClusterClient, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fan]:
    async with fanned(cluster, monkeypatch, FEW) as made:
        yield made


@pytest.fixture
async def sixty(cluster: ClusterClient, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fan]:
    async with fanned(cluster, monkeypatch, MANY) as made:
        yield made


@asynccontextmanager
async def fanned(cluster: ClusterClient, monkeypatch: pytest.MonkeyPatch, size: int) -> AsyncIterator[Fan]:
    """Make namespaces and wait for their ServiceAccounts."""
    made = Fan(cluster, f"sync-{secrets.token_hex(3)}", size)
    every = [made.source.namespace, *made.names]
    await asyncio.gather(*(cluster.create(NAMESPACE, {"metadata": {"name": name}}) for name in every))
    for name in made.names:
        await until(cluster, SERVICE_ACCOUNT, name, lambda obj: name_of(obj) == "default")
    manifest = secret_manifest(made.source.name, login("registry.example.com"))
    await cluster.create(SECRET, manifest, namespace=made.source.namespace)
    send: Callable[..., Any] = cluster._transport.send

    async def counted(request: Request, **how: Any) -> Any:
        made.requests.append(request)
        return await send(request, **how)

    monkeypatch.setattr(cluster._transport, "send", counted)
    yield made
    there = {name_of(obj) for obj in await cluster.list(NAMESPACE, metadata_only=True)}
    await asyncio.gather(*(cluster.delete(NAMESPACE, name) for name in every if name in there))


async def test_sixty_namespaces_and_then_nothing(sixty: Fan) -> None:
    fan = sixty
    report = await fan.run()
    assert (report.exit_code, len(report.settled), report.absent) == (0, MANY, {})
    assert sorted(await fan.copies()) == fan.names
    methods = [request.method for request in fan.writes()]
    assert len(report.steps) == 2 * MANY, "one Secret and one ServiceAccount a namespace"
    assert methods.count("POST") == MANY
    assert set(methods) == {"POST", "PATCH"}, "some twice, where a controller writes to the new account too"
    listings = [r for r in fan.requests if r.path == "/api/v1/secrets"]
    assert listings
    assert all(("fieldSelector", "metadata.name=harbor") in request.query for request in listings)
    again = await fan.run()
    assert (again.exit_code, again.steps, fan.writes()) == (0, [], [])
    assert len(fan.requests) < 12, "and looks at all of them at once"


async def test_a_namespace_of_this_moment(fan: Fan) -> None:
    """Its ServiceAccount comes after it, and later than we do."""
    new = f"{fan.prefix}-new"
    await fan.cluster.create(NAMESPACE, {"metadata": {"name": new}})
    try:
        report = await fan.run(namespaces=Namespaces((new,)))
        listed = await fan.listed(new)
    finally:
        await fan.cluster.delete(NAMESPACE, new)
    assert (report.exit_code, report.absent, listed) == (0, {}, ["harbor"])


async def test_a_changed_source_reaches_every_copy_in_place(fan: Fan) -> None:
    await fan.run()
    before = {name: uid_of(obj) for name, obj in (await fan.copies()).items()}
    place = {"namespace": fan.source.namespace}
    source = await fan.cluster.get(SECRET, fan.source.name, **place)
    new = login("registry.example.com", password="new")
    await fan.cluster.patch(
        SECRET, fan.source.name, with_config(source, new), patch_type=MERGE_PATCH, **place
    )
    report = await fan.run()
    assert len(report.steps) == len(fan.writes()) == FEW
    after = await fan.copies()
    assert {name: uid_of(obj) for name, obj in after.items()} == before
    assert all(Secret.from_manifest(obj).config == new for obj in after.values())


async def test_a_source_of_the_old_type(fan: Fan) -> None:
    config = login("registry.example.com")
    await fan.cluster.delete(SECRET, fan.source.name, namespace=fan.source.namespace)
    old = {
        "metadata": {"name": fan.source.name},
        "type": "kubernetes.io/dockercfg",
        "stringData": {".dockercfg": config.to_legacy_bytes().decode()},
    }
    await fan.cluster.create(SECRET, old, namespace=fan.source.namespace)
    await fan.run(namespaces=Namespaces((fan[0],)))
    (copy,) = (await fan.copies()).values()
    assert copy["type"] == "kubernetes.io/dockerconfigjson"
    assert Secret.from_manifest(copy).config == config


async def test_each_for_itself(sixty: Fan, request: pytest.FixtureRequest, raw: Raw) -> None:
    """Excluded, not chosen, foreign, adopted, used up, going: all others are put right."""
    fan = sixty
    excluded, unlabelled, foreign, adopted, full, going, shared = fan.names[:7]
    labelled = [name for name in fan.names if name != unlabelled]
    await asyncio.gather(*(fan.mark(name, labels={"team": fan.prefix}) for name in labelled))
    await fan.mark(excluded, annotations={EXCLUDE: "true"})
    await fan.cluster.create(SECRET, pull_secret("harbor"), namespace=foreign)
    owned = pull_secret("harbor")
    owned["metadata"]["annotations"] = {ADOPT: "harbor"}
    handed_over = uid_of(await fan.cluster.create(SECRET, owned, namespace=adopted))
    real = request.config.getoption("--cluster") == "real"
    if real:
        await use_up(fan.cluster, raw, full)
    entries = {"imagePullSecrets": [{"name": "theirs"}]}
    await fan.cluster.patch(SERVICE_ACCOUNT, "default", entries, patch_type=MERGE_PATCH, namespace=shared)
    held = {"metadata": {"name": "held", "finalizers": [HELD]}}
    await fan.cluster.create(SECRET, held, namespace=going)
    await fan.cluster.delete(NAMESPACE, going)
    before = (await fan.copies())[foreign]
    try:
        chosen = Namespaces((f"{fan.prefix}-*",), selector=selector_of(f"team={fan.prefix}"))
        report = await fan.run(namespaces=chosen)
    finally:
        free = {"metadata": {"finalizers": None}}
        await fan.cluster.patch(SECRET, "held", free, patch_type=MERGE_PATCH, namespace=going)
    assert {failure.namespace: failure.reason for failure in report.failures} == {
        foreign: "SecretConflict",
        going: "NamespaceTerminating",
        **({full: "QuotaExceeded"} if real else {}),
    }
    assert all(failure.message and failure.hint for failure in report.failures)
    assert [plan.namespace for plan in report.skipped] == [excluded]
    copies = await fan.copies()
    left_out = {excluded, unlabelled, going, *([full] if real else [])}
    assert set(copies) == set(fan.names) - left_out
    assert copies[foreign] == before
    assert uid_of(copies[adopted]) == handed_over
    assert copies[adopted]["metadata"]["labels"][POLICY_LABEL] == "Sync.harbor"
    assert await fan.listed(shared) == ["theirs", "harbor"]


async def test_a_namespace_where_we_may_not_write(
    fan: Fan, request: pytest.FixtureRequest, raw: Raw, kubeconfig: str, tmp_path: Path
) -> None:
    """By the program itself: others are put right, and the one comes last with what the server said."""
    first, forbidden, last = fan.names[:3]
    words = ["sync", "--from", f"{fan.source.namespace}/{fan.source.name}", "--name", "harbor"]
    words += ["--namespaces", ",".join((first, forbidden, last))]
    if request.config.getoption("--cluster") == "real":
        who = await limited_to(fan, raw, [first, last], [forbidden])
        said = await program(*words, "--as", who, kubeconfig=kubeconfig)
    else:  # it lets everybody do everything
        async with Refusing(kubeconfig, forbidden).serve() as proxy:
            said = await program(*words, kubeconfig=proxy.kubeconfig(tmp_path))
    assert said.code == 1, said
    assert said.out == (
        "secret/harbor is in 2 of 3 namespaces: 2 created, 2 ServiceAccounts attached, 1 failed\n"
    )
    (error,) = said.err.splitlines()
    assert error.startswith(f"error: namespace {forbidden}: Forbidden: ")
    assert "secrets is forbidden" in error
    assert sorted(await fan.copies()) == [first, last]
    assert [await fan.listed(name) for name in (first, forbidden, last)] == [["harbor"], [], ["harbor"]]


class Refusing(FaultProxy):
    """Lets nobody write in one namespace, in the words of RBAC."""

    def __init__(self, kubeconfig: str, namespace: str) -> None:
        super().__init__(kubeconfig)
        self._place = f"/namespaces/{namespace}/"

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        if request.method in WRITES and self._place in request.path:
            resource = request.path.partition(self._place)[2].partition("/")[0]
            message = f'{resource} is forbidden: User "jane" cannot write resource "{resource}"'
            status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden"}
            return web.json_response({**status, "code": 403, "message": message}, status=403)
        return await super()._pass_on(request)


async def limited_to(fan: Fan, raw: Raw, writable: list[str], readable: list[str]) -> str:
    """Make a user who may do what `sync` needs in some namespaces, and only look in others; give its name."""
    who, rbac = f"{fan.prefix}-robot", "/apis/rbac.authorization.k8s.io/v1/namespaces"
    rights = {fan.source.namespace: {"secrets": ["get"]}}
    rights |= {name: {"secrets": ["get"], "serviceaccounts": ["get", "list"]} for name in readable}
    writing = {"secrets": ["get", "create", "patch"], "serviceaccounts": ["get", "list", "patch"]}
    rights |= dict.fromkeys(writable, writing)
    for namespace, given in rights.items():
        rules = [{"apiGroups": [""], "resources": [of], "verbs": verbs} for of, verbs in given.items()]
        ref = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "robot"}
        subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": who}
        metadata = {"metadata": {"name": "robot"}}
        await raw("POST", f"{rbac}/{namespace}/roles", {**metadata, "rules": rules})
        binding = {**metadata, "roleRef": ref, "subjects": [subject]}
        await raw("POST", f"{rbac}/{namespace}/rolebindings", binding)
    return who


async def program(*words: str, kubeconfig: str) -> Ran:
    """Run the command line as a person does."""
    process = await asyncio.create_subprocess_exec(
        str(BIN / "pullsecret"), *words,
        env={"KUBECONFIG": kubeconfig, "PATH": os.environ["PATH"]},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(60):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ran(process.returncode or 0, out.decode(), err.decode())


async def use_up(cluster: ClusterClient, raw: Raw, namespace: str) -> None:
    """Give a namespace a quota that no further Secret fits into, and wait until the server counts by it."""
    path = f"/api/v1/namespaces/{namespace}/resourcequotas"
    quota = {"metadata": {"name": "none"}, "spec": {"hard": {"secrets": "0"}}}
    await raw("POST", path, quota)
    async with asyncio.timeout(60):
        while True:
            try:
                await cluster.create(SECRET, pull_secret("probe"), namespace=namespace, dry_run=True)
            except ClusterError as error:
                if "exceeded quota" in error.message:
                    return
            await asyncio.sleep(0.2)


async def test_others_who_write_all_along_lose_no_entry(fan: Fan) -> None:
    """Two others add entries to the same lists while a run attaches and a run detaches."""
    few = fan.names[:6]
    stop = asyncio.Event()
    theirs: dict[str, list[str]] = {name: [] for name in few}

    async def other(who: str) -> None:
        number = 0
        while not stop.is_set():
            for name in few:
                entry = f"{who}-{number}"
                while not await appended(fan.cluster, name, entry):
                    pass
                theirs[name].append(entry)
            number += 1

    async with asyncio.TaskGroup() as tasks:
        for who in ("a", "b"):
            tasks.create_task(other(who))
        for _ in range(3):
            await fan.run(namespaces=Namespaces(tuple(few)))
            await fan.run(namespaces=Namespaces((fan[7],)), prune=True)
        await fan.run(namespaces=Namespaces(tuple(few)))
        stop.set()
    report = await fan.run(namespaces=Namespaces(tuple(few)))
    assert report.exit_code == 0
    for name in few:
        listed = await fan.listed(name)
        assert len(theirs[name]) > 2
        assert sorted(listed) == sorted([*theirs[name], "harbor"])


async def appended(cluster: ClusterClient, namespace: str, entry: str) -> bool:
    """Append to a list as a careful writer does; False when somebody else was quicker."""
    account = await cluster.get(SERVICE_ACCOUNT, "default", namespace=namespace)
    patch = {
        "metadata": {"resourceVersion": account["metadata"]["resourceVersion"]},
        "imagePullSecrets": [*(account.get("imagePullSecrets") or []), {"name": entry}],
    }
    try:
        await cluster.patch(SERVICE_ACCOUNT, "default", patch, patch_type=MERGE_PATCH, namespace=namespace)
    except ClusterError:
        return False
    return True


async def test_prune_takes_back_only_what_is_ours(fan: Fan) -> None:
    await fan.run()
    foreign = fan[1]
    await fan.cluster.delete(SECRET, "harbor", namespace=foreign)
    await fan.cluster.create(SECRET, pull_secret("harbor"), namespace=foreign)
    report = await fan.run(prune=True, namespaces=Namespaces((fan[0],)))
    assert report.exit_code == 0
    assert sorted(await fan.copies()) == [fan[0], foreign]
    assert await fan.listed(fan[2]) == []
