"""`pullsecret doctor -A` of 10,000 Pods, of which 300 fail over 50 images, with probing: the whole process.

The cluster is the sandbox's API server, filled by hand, with one of its registries on loopback; both run in
this process, so that neither counts in what is measured of the other, but the machine's time they share.
The rival is the least that any such tool must do: fetch the same Pods and parse them.
"""

import asyncio
import json
import os
import statistics
import sys
import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from pullsecret.core.objects import EVENT, NAMESPACE, NODE, POD, REPLICA_SET, SECRET, Object
from pullsecret.core.sensitive import Sensitive
from pullsecret.sandbox.accounts import User
from pullsecret.sandbox.api import Api, Request, Response
from pullsecret.sandbox.node import NODE_NAME, node_object
from pullsecret.sandbox.registry_server import RegistryServer, RegistrySpec
from pullsecret.sandbox.server import ApiServer
from pullsecret.sandbox.store import Store
from pullsecret.sandbox.upkeep import Upkeep
from pullsecret.sandbox.values import timestamp

TURNS = 3
NAMESPACES, WORKLOADS, PODS = 100, 10, 10
"""So many namespaces, workloads in each, and Pods of each: 10,000."""
IMAGES, FAILING = 50, 6
"""So many workloads fail, each with an image of its own, and so many of the Pods of each: 300."""
SECONDS, MEGABYTES = 5.0, 150.0
"""The aims."""

ROBOT = User("robot", Sensitive("bench-password"), pull=("team/*",))
PEAK = "open('/proc/self/status').read().split('VmHWM:')[1].split()[0]"
DOCTOR = f"""
import sys
from pullsecret.cli.main import main
try:
    main()
finally:
    print("peak", {PEAK}, file=sys.stderr)
"""
FETCH = f"""
import json, os, sys, urllib.request
server = json.load(open(os.environ["KUBECONFIG"]))["clusters"][0]["cluster"]["server"]
more = 1
found = []
while more:
    query = "" if more == 1 else "&continue=" + more
    with urllib.request.urlopen(server + "/api/v1/pods?limit=500" + query) as answer:
        page = json.load(answer)
    found += page["items"]
    more = page["metadata"].get("continue")
print("peak", {PEAK}, file=sys.stderr)
"""


@dataclass(frozen=True)
class Ran:
    """One run of one program, as a process of its own."""

    seconds: float
    cpu: float
    megabytes: float
    api: int
    registry: int
    out: bytes


def run() -> list[str]:
    """Give a line for each program."""
    return asyncio.run(_run())


async def _run() -> list[str]:
    commands = {
        "fetch and parse": ["-c", FETCH],
        "doctor --no-probe": ["-c", DOCTOR, "doctor", "-A", "--no-probe", "-o", "json"],
        "doctor": ["-c", DOCTOR, "doctor", "-A", "--on-node", "-o", "json"],
    }
    taken: dict[str, list[Ran]] = {name: [] for name in commands}
    async with _world() as world:
        for _ in range(TURNS):
            for name, argv in commands.items():
                taken[name].append(await world.measure(argv))
    base = statistics.median(one.seconds for one in taken["fetch and parse"])
    return [_row(name, runs, base) for name, runs in taken.items()]


def _row(name: str, runs: list[Ran], base: float) -> str:
    middle = sorted(runs, key=lambda one: one.seconds)[len(runs) // 2]
    peak = max(one.megabytes for one in runs)
    row = (
        f"{name:<18}{middle.seconds:5.2f} s ({middle.cpu:.2f} s of its own) {middle.seconds / base:4.1f} x"
        f"  peak {peak:4.0f} MB  requests: {middle.api} to the cluster, {middle.registry} to the registry"
    )
    if not name.startswith("doctor"):
        return row
    items = json.loads(middle.out)["items"]
    assert len(items) == IMAGES * FAILING, len(items)
    causes = sorted({item["cause"] for item in items})
    kept = "kept" if middle.seconds <= SECONDS and peak <= MEGABYTES else "missed"
    return (
        f"{row}\n    {len(items)} containers: {', '.join(causes)}; "
        f"aim {SECONDS:g} s and {MEGABYTES:g} MB: {kept}"
    )


class CountingApi(Api):
    """Counts the requests that it answers."""

    answered = 0

    def handle(self, request: Request) -> Response:
        self.answered += 1
        return super().handle(request)


@dataclass
class World:
    """What is asked."""

    api: CountingApi
    registry: RegistryServer
    kubeconfig: Path

    async def measure(self, argv: list[str]) -> Ran:
        """Run a Python program of its own against the cluster."""
        environment = {**os.environ, "KUBECONFIG": str(self.kubeconfig)}
        loop, api, registry = asyncio.get_running_loop(), self.api.answered, len(self.registry.seen)
        began, before = loop.time(), os.times()
        process = await asyncio.create_subprocess_exec(
            sys.executable, *argv, env=environment, stdout=-1, stderr=-1, limit=1 << 26
        )
        out, err = await process.communicate()
        seconds, after = loop.time() - began, os.times()
        words = err.split()
        assert words[-2:-1] == [b"peak"], err.decode()
        return Ran(
            seconds,
            after.children_user + after.children_system - before.children_user - before.children_system,
            int(words[-1]) / 1024,
            self.api.answered - api,
            len(self.registry.seen) - registry,
            out,
        )


@asynccontextmanager
async def _world() -> AsyncIterator[World]:
    images = [f"team/app-{number}:1" for number in range(IMAGES)]
    spec = RegistrySpec(users=(ROBOT,), images=images)
    store = Store(clock=_now, new_uid=lambda: str(uuid4()))
    api = CountingApi(store, clock=_now)
    async with RegistryServer(spec) as registry, ApiServer(api) as server:
        with tempfile.TemporaryDirectory() as folder:
            kubeconfig = _kubeconfig(Path(folder, "config"), server.url)
            _fill(store, registry.host)
            yield World(api, registry, kubeconfig)


def _now() -> datetime:
    return datetime.now(UTC)


def _kubeconfig(path: Path, url: str) -> Path:
    content = {
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "c", "user": {}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
    }  # fmt: skip
    path.write_text(json.dumps(content))
    return path


def _fill(store: Store, host: str) -> None:
    Upkeep(store)
    store.create(NODE, node_object(timestamp(_now())))
    for number in range(NAMESPACES):
        namespace = f"team-{number}"
        store.create(NAMESPACE, {"metadata": {"name": namespace}})
        store.create(SECRET, _secret(host, "bench-password"), namespace)
        store.create(SECRET, _secret(host, "wrong", name="old"), namespace)
        for workload in range(WORKLOADS):
            _workload(store, namespace, number * WORKLOADS + workload, host)


def _secret(host: str, password: str, name: str = "pull") -> Object:
    auth = b64encode(f"{ROBOT.name}:{password}".encode()).decode()
    config = b64encode(json.dumps({"auths": {host: {"auth": auth}}}).encode()).decode()
    return {
        "metadata": {"name": name},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": config},
    }


def _workload(store: Store, namespace: str, number: int, host: str) -> None:
    """Make a ReplicaSet and its Pods; every so many fail, each in one of four ways."""
    every = NAMESPACES * WORKLOADS // IMAGES
    which, fails = number // every, number % every == 0
    tag = "nope" if which % 4 == 1 else "1"
    image = f"{host}/team/app-{which}:{tag}" if fails else f"registry.example.com/team/app-{number}:1"
    names = (["absent"], ["pull"], ["old"], [])[which % 4]
    secrets = [{"name": one} for one in names]
    name, labels = f"web-{number}", {"app": f"web-{number}"}
    template = {"metadata": {"labels": labels}, "spec": _pod_spec(image, secrets)}
    owner = store.create(
        REPLICA_SET,
        {"metadata": {"name": name}, "spec": {"selector": {"matchLabels": labels}, "template": template}},
        namespace,
    )
    reference = {
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": name, "uid": owner["metadata"]["uid"],
        "controller": True,
    }  # fmt: skip
    for index in range(PODS):
        metadata = {"name": f"{name}-{index}", "labels": labels, "ownerReferences": [reference]}
        bad = fails and index < FAILING
        pod = store.create(POD, {"metadata": metadata, "spec": _pod_spec(image, secrets)}, namespace)
        pod["spec"]["nodeName"] = NODE_NAME
        pod = store.update(POD, pod, subresource="binding")
        pod["status"] = _status(image, bad=bad)
        store.update_status(POD, pod)
        _events(store, pod, image, tag, bad=bad)


def _pod_spec(image: str, secrets: list[dict[str, str]]) -> Object:
    environment = [{"name": f"SETTING_{number}", "value": "something or other"} for number in range(20)]
    container = {
        "name": "app", "image": image, "imagePullPolicy": "Always", "env": environment,
        "ports": [{"name": "http", "containerPort": 8080}],
        "resources": {
            "limits": {"cpu": "500m", "memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}
        },
        "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http"}},
        "volumeMounts": [{"name": "settings", "mountPath": "/etc/app"}],
    }  # fmt: skip
    return {
        "containers": [container],
        "volumes": [{"name": "settings", "configMap": {"name": "settings"}}],
        **({"imagePullSecrets": secrets} if secrets else {}),
    }


def _status(image: str, *, bad: bool) -> Object:
    now = timestamp(_now())
    waiting = {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{image}"'}
    container: dict[str, Any] = {
        "name": "app", "image": image, "imageID": "" if bad else f"{image}@sha256:{'0' * 64}",
        "ready": not bad, "started": not bad, "restartCount": 0, "lastState": {},
        "state": {"waiting": waiting} if bad else {"running": {"startedAt": now}},
    }  # fmt: skip
    ready = "False" if bad else "True"
    conditions = [
        {"type": kind, "status": ready if "eady" in kind else "True", "lastTransitionTime": now}
        for kind in ("Initialized", "Ready", "ContainersReady", "PodScheduled")
    ]
    return {
        "phase": "Pending" if bad else "Running", "conditions": conditions, "hostIP": "192.0.2.1",
        "podIP": "10.0.0.1", "startTime": now, "qosClass": "Burstable", "containerStatuses": [container],
    }  # fmt: skip


def _events(store: Store, pod: Object, image: str, tag: str, *, bad: bool) -> None:
    host = image.partition("/")[0]
    words = (
        f'rpc error: code = Unknown desc = failed to pull and unpack image "{image}": failed to resolve '
        f'reference "{image}": pulling from host {host} failed with status code [manifests {tag}]: '
        "401 Unauthorized"
    )
    told = {"Scheduled": f"Successfully assigned {pod['metadata']['name']} to {NODE_NAME}"}
    if bad:
        told |= {
            "Pulling": f'Pulling image "{image}"', "Failed": f'Failed to pull image "{image}": {words}',
            "BackOff": f'Back-off pulling image "{image}"',
        }  # fmt: skip
    metadata, now = pod["metadata"], timestamp(_now())
    for reason, message in told.items():
        about = {
            "kind": "Pod", "name": metadata["name"], "namespace": metadata["namespace"],
            "uid": metadata["uid"], "fieldPath": "spec.containers{app}",
        }  # fmt: skip
        obj = {
            "metadata": {"generateName": f"{metadata['name']}."}, "involvedObject": about, "reason": reason,
            "message": message, "count": 3, "firstTimestamp": now, "lastTimestamp": now,
            "type": "Normal" if reason == "Scheduled" else "Warning", "source": {"component": "kubelet"},
        }  # fmt: skip
        store.create(EVENT, obj, metadata["namespace"])
