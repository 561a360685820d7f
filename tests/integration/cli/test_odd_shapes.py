"""Answers that hold, somewhere, a value of another kind: read around, or one line of an error; no crash."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiohttp import web

from support.beside import Beside
from support.commandline import CommandLine
from support.httpserver import serving

META = {"name": "x", "namespace": "web", "uid": "u", "resourceVersion": "1", "labels": {"a": "b"},
        "annotations": {"a": "b"}, "creationTimestamp": "2026-01-01T00:00:00Z",
        "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "x", "uid": "u",
                             "controller": True}]}  # fmt: skip
SPEC = {"serviceAccountName": "default", "nodeName": "x", "imagePullSecrets": [{"name": "x"}],
        "containers": [{"name": "c", "image": "h.io/x:1", "imagePullPolicy": "Always"}]}  # fmt: skip
WAITING = {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off"}}
TEMPLATED = {"metadata": META, "status": {}, "spec": {
    "selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": SPEC},
}}  # fmt: skip
ANSWERS: dict[str, dict[str, Any]] = {
    "serviceaccounts": {"metadata": META, "imagePullSecrets": [{"name": "x"}]},
    "secrets": {"metadata": META, "type": "kubernetes.io/dockerconfigjson",
                "data": {".dockerconfigjson": "eyJhdXRocyI6eyJoLmlvIjp7ImF1dGgiOiJkVHB3In19fQ=="}},
    "pods": {"metadata": META, "spec": SPEC, "status": {
        "phase": "Pending", "containerStatuses": [{"name": "c", "image": "h.io/x:1", "state": WAITING}],
    }},
    "events": {"metadata": META, "reason": "Failed", "message": "Failed to pull image", "count": 3,
               "involvedObject": {"kind": "Pod", "uid": "u", "fieldPath": "spec.containers{c}"},
               "series": {"count": 2, "lastObservedTime": "2026-01-01T00:00:00Z"}},
    "deployments": TEMPLATED,
    "replicasets": TEMPLATED,
    "nodes": {"metadata": META, "status": {"nodeInfo": {"operatingSystem": "linux"}, "images": []}},
    "namespaces": {"metadata": META},
}  # fmt: skip
ODD: list[Any] = [None, 3, -1, 1.5, True, "x", "", [], {}, [1], ["x"], [None], [[]], {"x": 1}]
COMMANDS = [
    ["list"],
    ["list", "-A", "-o", "json"], ["show", "x"], ["match", "h.io/x"], ["match", "h.io/x", "--pod=x"],
    ["attach", "x"], ["attach", "x", "--all-serviceaccounts"], ["attach", "x", "--restart-stuck"],
    ["attach", "x", "--workload", "deployment/x"], ["detach", "x"], ["remove", "x", "h.io"], ["delete", "x"],
    ["copy", "x", "--to", "y"], ["doctor", "--no-probe"], ["doctor", "-A", "--no-probe", "-o", "json"],
    ["doctor", "deployment/x", "--no-probe"],
]  # fmt: skip


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if at:
        yield at
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from paths(inner, (*at, step))


def odd(answer: Any, chance: random.Random) -> Any:
    """Put a value of another kind somewhere."""
    changed = copy.deepcopy(answer)
    *way, last = chance.choice(list(paths(changed)))
    holder = changed
    for step in way:
        holder = holder[step]
    holder[last] = chance.choice(ODD)
    return changed


def answering(chance: random.Random) -> Callable[[web.BaseRequest], Any]:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        parts = request.path.strip("/").split("/")
        plural = next((part for part in reversed(parts) if part in ANSWERS), "")
        if request.path in {"/api", "/apis"}:
            whole: Any = {"groups": [{"name": "apps", "versions": [{"groupVersion": "apps/v1"}]}]}
        elif not plural:
            whole = {"resources": [{"name": "deployments", "kind": "Deployment", "shortNames": ["deploy"]}]}
        elif parts[-1] == plural and request.method == "GET":
            whole = {"metadata": {"resourceVersion": "5"}, "items": [ANSWERS[plural]]}
        else:
            whole = ANSWERS[plural]
        return web.json_response(odd(whole, chance))

    return answer


@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
def test_no_value_makes_a_command_crash(
    cli: CommandLine, beside: Beside, no_waiting: None, argv: list[str]
) -> None:
    where = [] if "-A" in argv else ["-n", "web"]
    with beside.up(serving(answering(random.Random(" ".join(argv))))) as server:
        path = cli.home / "odd"
        cluster = {"server": f"http://127.0.0.1:{server.port}"}
        path.write_text(
            json.dumps({
                "clusters": [{"name": "c", "cluster": cluster}],
                "contexts": [{"name": "c", "context": {"cluster": "c"}}],
                "current-context": "c",
            })
        )  # fmt: skip
        for _ in range(60):
            said = cli(*argv, *where, "--kubeconfig", str(path), "-vv")
            assert said.code in {0, 1, 2, 3}, said.err
