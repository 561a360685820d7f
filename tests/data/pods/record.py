"""Record what a real cluster says of Pods that cannot pull, as the JSON files beside this one.

    python tests/data/pods/record.py [CASE...]

Needs the E2E_* variables of the test cluster (README.md here). Each case gets a namespace `sbnode-CASE`,
which is deleted afterwards. A registry of the sandbox on 127.0.0.1:5055 plays what a good one does not do.
"""

import asyncio
import base64
import json
import os
import re
import sys
import time
from pathlib import Path
from typing import Any

from pullsecret.core.sensitive import Sensitive
from pullsecret.sandbox.accounts import User
from pullsecret.sandbox.images import image, index
from pullsecret.sandbox.misbehaviour import Failure
from pullsecret.sandbox.registry_server import RegistryServer, RegistrySpec

HERE = Path(__file__).parent
PLAIN, TLS, TOKEN = (os.environ[f"E2E_{name}"] for name in ("REGISTRY", "TLS_REGISTRY", "TOKEN_REGISTRY"))
USER, PASSWORD = os.environ["E2E_REGISTRY_USER"], os.environ["E2E_REGISTRY_PASSWORD"]
ROBOT = ("robot$lnmp+ci", "robot-secret")
ODD = "127.0.0.1:5055"
SHOWN = "not-a-real-password"
SECONDS = 45
IMAGE = f"{PLAIN}/lnmp/nginx:v2"
FAILURES = {
    "rate-limited": {"kind": Failure.RATE_LIMITED},
    "server-error": {"kind": Failure.SERVER_ERROR, "status": 503},
    "internal-error": {"kind": Failure.SERVER_ERROR, "status": 500},
    "html": {"kind": Failure.HTML},
    "closed": {"kind": Failure.CLOSED},
    "cut": {"kind": Failure.CUT},
    "redirect-loop": {"kind": Failure.REDIRECT_LOOP},
}
NAME_SERVER = re.compile(r"(?<= on )[0-9.]+:53(?=: no such host)")
MANAGED = {"managedFields", "selfLink", "generateName"}


def entry(user: str = USER, password: str = PASSWORD) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


def secret(auths: Any, name: str = "pull", kind: str = "kubernetes.io/dockerconfigjson") -> dict[str, Any]:
    data = base64.b64encode(json.dumps({"auths": auths}).encode()).decode()
    return {
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": kind,
        "data": {".dockerconfigjson": data},
    }  # fmt: skip


def case(about: str, image_name: str, *secrets: dict[str, Any], **how: Any) -> dict[str, Any]:
    return {"about": about, "image": image_name, "secrets": list(secrets), **how}


ODD_SECRET = secret({ODD: entry("robot", "x")})
CASES = {
    "running": case("the right Secret", IMAGE, secret({PLAIN: entry()})),
    "no-secret": case("names no Secret", IMAGE),
    "pod-predates-attach": case(
        "made by a Deployment before its ServiceAccount got the Secret", IMAGE, secret({PLAIN: entry()}),
        names=[], attach=True,
    ),
    "secret-missing": case("names a Secret that is not there", IMAGE, names=["absent"]),
    "secret-wrong-type": case("the Secret is Opaque", IMAGE, secret({PLAIN: entry()}, kind="Opaque")),
    "secret-malformed": case("`auth` is no base64", IMAGE, secret({PLAIN: {"auth": "!!!"}})),
    "secret-malformed-no-colon": case(
        "`auth` has no colon", IMAGE, secret({PLAIN: {"auth": base64.b64encode(b"user").decode()}})
    ),
    "secret-malformed-array": case("`auths` is an array", IMAGE, secret([])),
    "secret-malformed-entry": case("an entry is a string", IMAGE, secret({PLAIN: "admin"})),
    "secret-malformed-field": case("a user name is a number", IMAGE, secret({PLAIN: {"username": 7}})),
    "secret-malformed-padding": case("`auth` is cut short", IMAGE, secret({PLAIN: {"auth": "dXNlcjpwYX"}})),
    "secret-no-credential": case("an empty entry, as credential stores leave it", IMAGE, secret({PLAIN: {}})),
    "secret-wrong-host": case(
        "the Secret is for 127.0.0.1, the image says localhost", "localhost:5000/lnmp/nginx:v2",
        secret({PLAIN: entry()}),
    ),
    "secret-wrong-port": case("the Secret is for another port", IMAGE, secret({"127.0.0.1:5001": entry()})),
    "secret-wrong-path": case("the Secret is for another path", IMAGE, secret({f"{PLAIN}/team": entry()})),
    "wrong-password": case("wrong password, Basic", IMAGE, secret({PLAIN: entry(password="wrong")})),
    "two-wrong-passwords": case(
        "two Secrets, both wrong", IMAGE, secret({PLAIN: entry(password="wrong")}),
        secret({PLAIN: entry("other", "wrong")}, name="pull2"),
    ),
    "token-no-secret": case("token registry, no Secret", f"{TOKEN}/lnmp/nginx:v2"),
    "token-wrong-password": case(
        "token registry, wrong password", f"{TOKEN}/lnmp/nginx:v2", secret({TOKEN: entry(ROBOT[0], "wrong")})
    ),
    "token-denied": case(
        "token registry, this user may not pull this", f"{TOKEN}/team/app:1.0", secret({TOKEN: entry(*ROBOT)})
    ),
    "tls-wrong-password": case(
        "TLS registry, wrong password", f"{TLS}/lnmp/nginx:v2", secret({TLS: entry(password="wrong")})
    ),
    "missing-tag": case("no such tag", f"{PLAIN}/lnmp/nginx:nope", secret({PLAIN: entry()})),
    "missing-digest": case(
        "no such digest", f"{PLAIN}/lnmp/nginx@sha256:{'0' * 64}", secret({PLAIN: entry()})
    ),
    "missing-repository": case("no such repository", f"{PLAIN}/no/such:v1", secret({PLAIN: entry()})),
    "invalid-name": case("upper case in the image's name", f"{PLAIN}/LNMP/nginx:v2"),
    "invalid-name-scheme": case("a scheme in the image's name", f"http://{IMAGE}"),
    "never-pull": case("imagePullPolicy Never, not on the node", f"{PLAIN}/lnmp/never:v2", policy="Never"),
    "plain-http": case("the registry speaks plain HTTP", "harbor.test:5000/lnmp/nginx:v2"),
    "unknown-authority": case("the node does not trust the CA", "token.test:5445/lnmp/nginx:v2"),
    "invalid-certificate": case("the certificate is for another host", "node1:5443/lnmp/nginx:v2"),
    "unknown-host": case("no such host", "registry.nowhere.test/lnmp/nginx:v2"),
    "refused": case("nothing listens there", "127.0.0.1:5999/lnmp/nginx:v2"),
    "no-route": case("no way to the host", "192.0.2.77:5000/lnmp/nginx:v2"),
    "docker-hub": case("a name without a host", "lnmp/nginx:v2"),
    "init-fails": case(
        "the init container's tag is missing", IMAGE, secret({PLAIN: entry()}),
        init=f"{PLAIN}/lnmp/nginx:nope",
    ),
    "second-fails": case(
        "one of two containers runs", IMAGE, secret({PLAIN: entry()}), side=f"{PLAIN}/team/app:nope"
    ),
    "forbidden": case("403 with code DENIED", f"{ODD}/other/app:1", ODD_SECRET),
    "platform-mismatch": case("an index without amd64", f"{ODD}/arm/app:1", ODD_SECRET),
    "platform-mismatch-image": case("an image for arm64", f"{ODD}/armimage/app:1", ODD_SECRET),
} | {
    name: case(f"the registry fails: {name}", f"{ODD}/{name}/app:1", ODD_SECRET)
    for name in FAILURES
}  # fmt: skip


def pod_spec(one: dict[str, Any]) -> dict[str, Any]:
    def container(name: str, what: str) -> dict[str, Any]:
        return {"name": name, "image": what, "imagePullPolicy": one.get("policy", "Always")}

    names = one.get("names", [made["metadata"]["name"] for made in one["secrets"]])
    spec: dict[str, Any] = {
        "terminationGracePeriodSeconds": 0,
        "containers": [container("app", one["image"])],
    }
    if "side" in one:
        spec["containers"].append(container("side", one["side"]))
    if "init" in one:
        spec["initContainers"] = [container("init", one["init"])]
    return spec | ({"imagePullSecrets": [{"name": name} for name in names]} if names else {})


def workload(one: dict[str, Any]) -> dict[str, Any]:
    labels = {"app": "web"}
    if not one.get("attach"):
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "web", "labels": labels},
            "spec": pod_spec(one),
        }
    template = {"metadata": {"labels": labels}, "spec": pod_spec(one)}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


async def kubectl(*args: str, given: Any = None) -> Any:
    run = await asyncio.create_subprocess_exec("kubectl", *args, stdin=-1, stdout=-1)
    out, _ = await run.communicate(json.dumps(given).encode() if given else None)
    return json.loads(out) if "json" in args else out


async def watch(namespace: str, states: list[dict[str, Any]]) -> None:
    path = f"/api/v1/namespaces/{namespace}/pods?watch=true"
    run = await asyncio.create_subprocess_exec("kubectl", "get", "--raw", path, stdout=-1, limit=1 << 20)
    assert run.stdout
    try:
        async for line in run.stdout:
            states += [{"at": time.monotonic(), **json.loads(line)}]
    finally:
        run.terminate()


async def record(name: str, one: dict[str, Any]) -> None:
    namespace = f"sbnode-{name}"
    await kubectl("create", "namespace", namespace)
    for made in one["secrets"]:
        await kubectl("create", "-n", namespace, "-f", "-", given=made)
    states: list[dict[str, Any]] = []
    watcher = asyncio.create_task(watch(namespace, states))
    await asyncio.sleep(3)
    await kubectl("create", "-n", namespace, "-f", "-", given=workload(one))
    await asyncio.sleep(SECONDS / 3)
    if one.get("attach"):
        patch = json.dumps({"imagePullSecrets": [{"name": "pull"}]})
        await kubectl("patch", "serviceaccount", "default", "-n", namespace, "-p", patch)
    await asyncio.sleep(2 * SECONDS / 3)
    watcher.cancel()
    events = (await kubectl("get", "events", "-n", namespace, "-o", "json"))["items"]
    account = await kubectl("get", "serviceaccount", "default", "-n", namespace, "-o", "json")
    await kubectl("delete", "namespace", namespace, "--wait=false")
    write(name, one, states, events, account)


def write(name: str, one: dict[str, Any], states: Any, events: Any, account: Any) -> None:
    start = states[0]["at"]
    seen = [{"after": round(s["at"] - start, 1), **waiting(s["object"])} for s in states]
    told = next((s["object"] for s in states if waiting(s["object"])["told"]), states[-1]["object"])
    result = {
        "case": name,
        "about": one["about"],
        "made_with": {"kubernetes": "v1.20.2", "runtime": "containerd 1.6.20"},
        "secrets": [shown(made) for made in one["secrets"]],
        "service_account": {"imagePullSecrets": account.get("imagePullSecrets", [])},
        "states": [s for s, before in zip(seen, [{}, *seen[:-1]], strict=True) if changed(s, before)],
        "pod": tidy(told),
        "status_at_the_end": states[-1]["object"]["status"],
        "events": [tidy(e) for e in events],
    }
    text = NAME_SERVER.sub("192.0.2.53:53", json.dumps(result, indent=1))
    (HERE / f"{name}.json").write_text(text + "\n")


def waiting(pod: dict[str, Any]) -> dict[str, Any]:
    statuses = pod["status"].get("initContainerStatuses", []) + pod["status"].get("containerStatuses", [])
    reasons = {
        s["name"]: s["state"].get("waiting", {}).get("reason") or next(iter(s["state"])) for s in statuses
    }
    told = any("message" in s["state"].get("waiting", {}) for s in statuses)
    return {"phase": pod["status"].get("phase"), "containers": reasons, "told": told}


def changed(state: dict[str, Any], before: dict[str, Any]) -> bool:
    state.pop("told")
    return any(state[key] != before.get(key) for key in ("phase", "containers"))


def shown(made: dict[str, Any]) -> dict[str, Any]:
    """Give the Secret with a password that works nowhere."""
    auths = json.loads(base64.b64decode(made["data"][".dockerconfigjson"]))["auths"]
    for key, value in auths.items() if isinstance(auths, dict) else ():
        auth = value.get("auth", "") if isinstance(value, dict) else ""
        user, colon, _ = base64.b64decode(auth + "==", validate=False).decode(errors="replace").partition(":")
        if colon:
            auths[key] = entry(user, SHOWN)
    return secret(auths, made["metadata"]["name"], made["type"])


def tidy(obj: dict[str, Any]) -> dict[str, Any]:
    obj = json.loads(json.dumps(obj))
    for key in MANAGED:
        obj["metadata"].pop(key, None)
    spec = obj.get("spec", {})
    for key in ("volumes", "tolerations"):
        spec.pop(key, None)
    for container in spec.get("containers", []) + spec.get("initContainers", []):
        container.pop("volumeMounts", None)
    return obj


async def main(names: list[str]) -> None:
    chosen = {name: CASES[name] for name in names or CASES}
    images = {f"{name}/app:1": image(name) for name in FAILURES} | {
        "other/app:1": image("other"),
        "arm/app:1": index("arm", architectures=("arm64", "riscv64")),
        "armimage/app:1": image("arm", architecture="arm64"),
    }
    users = (
        User("robot", Sensitive("x"), pull=(*(f"{name}/*" for name in FAILURES), "arm/*", "armimage/*")),
    )
    async with RegistryServer(RegistrySpec(port=5055, users=users, images=images)) as registry:
        for name, how in FAILURES.items():
            registry.fail(where=f"/{name}/", **how)
        await asyncio.gather(*(record(name, one) for name, one in chosen.items()))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
