"""`sync` and the operator to 1,000 namespaces, against the bare requests: one create and one patch in each.

The rival is plain aiohttp with 32 connections and nothing else: no reading before, no condition on the
patches. Needs a cluster (KUBECONFIG) that may hold 1,000 namespaces more; says so and does nothing else where
there is none. All take turns, so that what else the machine does falls on each.

Fails where `sync` or the operator takes more than 1.5 times as long. The second part is the operator as a
default installation has it, with its webhook: that is asked at every write of a ServiceAccount, whoever's.
"""

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pullsecret.app.ports import PatchType
from pullsecret.core.errors import AlreadyExists, NotFound
from pullsecret.core.objects import NAMESPACE, SECRET, SERVICE_ACCOUNT, Object, namespace_of
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET
from pullsecret.core.policy.schema import DEFINITION, custom_resource_definitions
from pullsecret.core.watching import Change, ChangeType
from pullsecret.kube.client import ClusterClient
from pullsecret.kube.config import load
from tests.bench import Missed
from tests.bench._webhook import configured, trusted

COUNT = int(os.environ.get("BENCH_NAMESPACES", "1000"))
TURNS, NEW, QUIET = 3, 50, 60.0
MOST = 1.5
HOME, PREFIX = "psbench-home", "psbench-"
SOURCE, COPY, BARE = "bench-login", "bench-pull", "bench-bare"
PORT = 18087
ENTRY = {"username": "robot", "password": "bench", "auth": b64encode(b"robot:bench").decode()}
CONFIG = json.dumps({"auths": {"registry.test": ENTRY}})
DATA = {".dockerconfigjson": b64encode(CONFIG.encode()).decode()}
SYNC = (
    str(Path(sys.executable).with_name("pullsecret")), "sync", "--from", f"{HOME}/{SOURCE}", "--name", COPY,
    "--namespaces", f"{PREFIX}0*", "-o", "name",
)  # fmt: skip
RIVAL = """
import asyncio, json, os, ssl, sys, time
import aiohttp
job = json.load(open(sys.argv[1]))
async def main():
    context = None
    if job["server"].startswith("https"):
        context = ssl.create_default_context(cafile=job["ca"])
        context.load_cert_chain(job["cert"], job["key"])
    connector = aiohttp.TCPConnector(limit=32, ssl=context or True)
    async with aiohttp.ClientSession(job["server"], connector=connector) as session:
        places = asyncio.Semaphore(32)
        async def one(namespace):
            async with places:
                secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": job["name"]},
                          "type": "kubernetes.io/dockerconfigjson", "data": job["data"]}
                async with session.post(f"/api/v1/namespaces/{namespace}/secrets", json=secret) as answer:
                    assert answer.status == 201, await answer.text()
                    await answer.read()
                patch = json.dumps({"imagePullSecrets": [{"name": job["name"]}]})
                account = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
                headers = {"Content-Type": "application/merge-patch+json"}
                async with session.patch(account, data=patch, headers=headers) as answer:
                    assert answer.status == 200, await answer.text()
                    await answer.read()
        began = time.monotonic()
        await asyncio.gather(*(one(namespace) for namespace in job["namespaces"]))
        print(time.monotonic() - began)
asyncio.run(main())
"""


def run() -> Iterator[str]:
    """Give the lines."""
    if not os.environ.get("KUBECONFIG"):
        yield "left out, since there is no cluster (KUBECONFIG)"
        return
    lines: list[str] = []
    ratios = asyncio.run(measure(lines.append))
    yield from lines
    if slow := {name: ratio for name, ratio in ratios.items() if ratio > MOST}:
        told = "; ".join(f"{name}: {ratio:.2f}" for name, ratio in slow.items())
        raise Missed(f"more than {MOST} times: {told}")


async def measure(say: Callable[[str], None]) -> dict[str, float]:
    """Measure all there is; give how many times as long as the bare requests everybody takes."""
    async with ClusterClient(load(dict(os.environ))) as cluster:
        names = await prepared(cluster)
        with tempfile.TemporaryDirectory() as folder:
            job = rival_job(cluster, names, Path(folder))
            async with operator("--no-webhook") as process:
                ratios = await turns(cluster, names, job, say)
                await cluster.create(CLUSTER_PULL_SECRET, policy())
                await settled(cluster)
                say(f"the operator's peak memory: {peak(process.pid):.0f} MB (aim 100)")
                say(f"until a new namespace has its Secret and its ServiceAccount's entry, {NEW} times: "
                    f"{await new_namespaces(cluster)} (aims 50, 200)")  # fmt: skip
                say(f"requests in {QUIET:.0f} quiet seconds: {await quiet()}")
                await dropped(cluster)
            ratios |= await measured_with_webhook(cluster, names, job, say)
        await at_once([*names, HOME], lambda name: ignoring(cluster.delete(NAMESPACE, name)))
    return ratios


async def measured_with_webhook(
    cluster: ClusterClient, names: list[str], job: Path, say: Callable[[str], None]
) -> dict[str, float]:
    """Measure the operator again, as a default installation has it."""
    async with configured(cluster, HOME) as flags, operator(*flags) as process:
        await trusted(cluster, HOME)
        requests, fanned = [], []
        for _ in range(TURNS):
            requests.append(float(await program(sys.executable, "-c", RIVAL, str(job))))
            await cleared(cluster, names, BARE)
            fanned.append(await one_fan_out(cluster))
        who = "the operator with its webhook"
        line, ratio = compared(who, fanned, requests)
        say(line)
        await cluster.create(CLUSTER_PULL_SECRET, policy())
        await settled(cluster)
        say(f"with it a new namespace has both after {await new_namespaces(cluster)}; peak memory "
            f"{peak(process.pid):.0f} MB")  # fmt: skip
        await dropped(cluster)
    return {who: ratio}


async def prepared(cluster: ClusterClient) -> list[str]:
    """Make the namespaces, the source and the definitions; give the namespaces' names."""
    names = [f"{PREFIX}{number:05d}" for number in range(COUNT)]
    for definition in custom_resource_definitions():
        await ignoring(cluster.create(DEFINITION, definition))
    await at_once([HOME, *names], lambda name: ignoring(cluster.create(NAMESPACE, {
        "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})))  # fmt: skip
    await ignoring(cluster.create(SECRET, {
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": SOURCE},
        "type": "kubernetes.io/dockerconfigjson", "data": DATA}, namespace=HOME))  # fmt: skip
    while len(await accounts(cluster)) < COUNT:
        await asyncio.sleep(0.2)
    return names


async def turns(
    cluster: ClusterClient, names: list[str], job: Path, say: Callable[[str], None]
) -> dict[str, float]:
    """Let the three take turns; say how the medians compare."""
    whole, requests, sync, fanned = [], [], [], []
    for _ in range(TURNS):
        began = time.monotonic()
        requests.append(float(await program(sys.executable, "-c", RIVAL, str(job))))
        whole.append(time.monotonic() - began)
        await cleared(cluster, names, BARE)
        began = time.monotonic()
        await program(*SYNC)
        sync.append(time.monotonic() - began)
        await cleared(cluster, names, COPY)
        fanned.append(await one_fan_out(cluster))
    ratios = {}
    for who, ours, bare in (
        ("sync, a whole process", sync, whole),
        ("the operator, from the policy's creation on", fanned, requests),
    ):
        line, ratios[who] = compared(who, ours, bare)
        say(line)
    return ratios


async def one_fan_out(cluster: ClusterClient) -> float:
    """Time the operator, from the policy's creation until its status tells that all is done; undo it."""
    began = time.monotonic()
    await cluster.create(CLUSTER_PULL_SECRET, policy())
    await settled(cluster)
    took = time.monotonic() - began
    await dropped(cluster)
    return took


def compared(who: str, ours: list[float], bare: list[float]) -> tuple[str, float]:
    """Put two series of times into words, and give the ratio of their medians."""
    mine, theirs = statistics.median(ours), statistics.median(bare)
    ratio = mine / theirs
    each = ", ".join(f"{one / other:.2f}" for one, other in zip(ours, bare, strict=True))
    return (
        f"{who}, {COUNT} namespaces: {mine:.2f} s, the bare requests {theirs:.2f} s: {ratio:.2f} times "
        f"(at most {MOST}); by turn: {each}"
    ), ratio


def policy() -> Object:
    """The policy that is measured."""
    return {
        "apiVersion": CLUSTER_PULL_SECRET.api_version,
        "kind": CLUSTER_PULL_SECRET.kind,
        "metadata": {"name": "bench"},
        "spec": {
            "secretName": COPY,
            "credentials": [{"type": "DockerConfig", "secretRef": {"namespace": HOME, "name": SOURCE}}],
            "namespaces": {"include": [f"{PREFIX}*"], "exclude": [HOME]},
        },
    }


async def settled(cluster: ClusterClient) -> None:
    """Wait until the status tells that all is done, and look that it is."""
    counts: Object = {}
    while counts.get("synced") != COUNT:
        await asyncio.sleep(0.02)
        counts = (await cluster.get(CLUSTER_PULL_SECRET, "bench")).get("status", {}).get("namespaces", {})
    copies = await cluster.list(SECRET, field_selector=f"metadata.name={COPY}", metadata_only=True)
    attached = [a for a in await accounts(cluster) if {"name": COPY} in a.get("imagePullSecrets", [])]
    if (len(copies), len(attached)) != (COUNT, COUNT):
        raise RuntimeError(f"the status is ahead: {len(copies)} copies, {len(attached)} ServiceAccounts")


async def dropped(cluster: ClusterClient) -> None:
    """Take the policy away, and wait until the operator has let it go."""
    await cluster.delete(CLUSTER_PULL_SECRET, "bench")
    with contextlib.suppress(NotFound):
        while await cluster.get(CLUSTER_PULL_SECRET, "bench"):
            await asyncio.sleep(0.2)


async def cleared(cluster: ClusterClient, names: list[str], secret: str) -> None:
    """Take everything back."""
    await at_once(names, lambda name: cluster.delete(SECRET, secret, namespace=name))
    nothing = {"imagePullSecrets": None, "metadata": {"annotations": {"pullsecret.dev/attached": None}}}

    async def detach(name: str) -> None:
        await cluster.patch(SERVICE_ACCOUNT, "default", nothing, patch_type=PatchType.MERGE, namespace=name)

    await at_once(names, detach)


async def new_namespaces(cluster: ClusterClient) -> str:
    """Time, from the answer to a namespace's creation on, until both are seen by a watch; in words."""
    seen: dict[str, dict[str, float]] = {}

    async def watch(kind: Any, selector: str, what: str, done: Callable[[Object], bool]) -> None:
        async for batch in cluster.follow(kind, field_selector=selector):
            if isinstance(batch, Change) and batch.type is not ChangeType.DELETED and done(batch.object):
                seen.setdefault(namespace_of(batch.object), {}).setdefault(what, time.monotonic())

    watches = [
        asyncio.create_task(watch(SECRET, f"metadata.name={COPY}", "copy", lambda _: True)),
        asyncio.create_task(watch(SERVICE_ACCOUNT, "metadata.name=default", "entry",
                                  lambda obj: {"name": COPY} in obj.get("imagePullSecrets", []))),
    ]  # fmt: skip
    await asyncio.sleep(1.0)
    times = []
    names = [f"{PREFIX}9{number:05d}" for number in range(NEW)]
    for name in names:
        await cluster.create(NAMESPACE, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        began = time.monotonic()
        while len(seen.get(name, {})) < 2:
            await asyncio.sleep(0.001)
        times.append(max(seen[name].values()) - began)
    for task in watches:
        task.cancel()
    await asyncio.gather(*watches, return_exceptions=True)
    await at_once(names, lambda name: removed(cluster, name))
    return f"median {statistics.median(times) * 1000:.0f} ms, worst {max(times) * 1000:.0f} ms"


async def quiet() -> str:
    """Count what the operator asks of the API server while nothing happens."""
    await asyncio.sleep(5.0)
    before = requests_made()
    await asyncio.sleep(QUIET)
    after = requests_made()
    made = {name: count - before.get(name, 0) for name, count in after.items()}
    return ", ".join(f"{count:.0f} {name}" for name, count in sorted(made.items()) if count) or "none"


def requests_made() -> dict[str, float]:
    """Read the operator's own count of its requests."""
    counts: dict[str, float] = {}
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics") as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith("pullsecret_api_requests_total{"):
                labels, _, value = line.partition("{")[2].partition("} ")
                counts[labels.replace('"', "")] = float(value)
    return counts


@asynccontextmanager
async def operator(*flags: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the operator as a process of its own, until it leads."""
    program_path = str(Path(sys.executable).with_name("pullsecret"))
    process = await asyncio.create_subprocess_exec(
        program_path, "operator", "--namespace", HOME, "--bind-address", "127.0.0.1",
        "--http-port", str(PORT), "--log-level", "warning", *flags,
    )  # fmt: skip
    try:
        while not leading():
            await asyncio.sleep(0.1)
        yield process
    finally:
        process.terminate()
        await process.wait()


def leading() -> bool:
    """Whether the operator leads."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics") as answer:
            return "pullsecret_leader 1.0" in answer.read().decode()
    except OSError:
        return False


def peak(pid: int) -> float:
    """Read the most memory that a process ever held, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000


def rival_job(cluster: ClusterClient, names: list[str], folder: Path) -> Path:
    """Write down for the rival what it has to do."""

    view = ["kubectl", "config", "view", "--raw", "--minify", "--flatten", "-o", "json"]
    config = json.loads(subprocess.run(view, check=True, capture_output=True).stdout)
    where, who = config["clusters"][0]["cluster"], config["users"][0].get("user", {})
    packed = {
        "ca": where.get("certificate-authority-data", ""),
        "cert": who.get("client-certificate-data", ""),
        "key": who.get("client-key-data", ""),
    }
    files = {}
    for key, text in packed.items():
        files[key] = str(folder / key)
        (folder / key).touch(mode=0o600)
        (folder / key).write_bytes(b64decode(text))
    job = {"server": cluster.config.server, "namespaces": names, "name": BARE, "data": DATA, **files}
    (folder / "job").write_text(json.dumps(job))
    return folder / "job"


async def accounts(cluster: ClusterClient) -> list[Object]:
    """Give the namespaces' `default`."""
    found = await cluster.list(SERVICE_ACCOUNT, field_selector="metadata.name=default")
    return [obj for obj in found if namespace_of(obj).startswith(PREFIX + "0")]


async def program(*command: str) -> str:
    """Run a program, which must go well, and give its output."""
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{command[:2]} ended with {process.returncode}")
    return output.decode()


async def at_once(names: Iterable[str], work: Callable[[str], Awaitable[Any]]) -> None:
    """Do something for each, 32 at a time."""
    places = asyncio.Semaphore(32)

    async def one(name: str) -> None:
        async with places:
            await work(name)

    await asyncio.gather(*(one(name) for name in names))


async def removed(cluster: ClusterClient, name: str) -> None:
    """Delete a namespace, and wait until it is gone."""
    with contextlib.suppress(NotFound):
        await cluster.delete(NAMESPACE, name)
        while await cluster.get(NAMESPACE, name):
            await asyncio.sleep(0.5)


async def ignoring(work: Awaitable[Any]) -> None:
    """Do something that may have been done already."""
    with contextlib.suppress(AlreadyExists, NotFound):
        await work
