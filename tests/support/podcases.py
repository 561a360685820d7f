"""Snapshots for the rules of a diagnosis: from the Pods recorded on a real cluster, and made by hand."""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pullsecret.core.diagnosis.model import Event, PodFacts, Probe, SecretKey, Snapshot
from pullsecret.core.errors import InvalidInput
from pullsecret.core.pullsecrets import TYPE_JSON, Secret
from pullsecret.core.times import parse_time

RECORDED = Path(__file__).parents[1] / "data" / "pods"
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
MADE = "2026-11-22T07:30:00Z"
HOST = "harbor.example.com"
IMAGE = f"{HOST}/lnmp/nginx:v2"
PASSWORD = "s3cr3t-of-the-test"
REFUSED = (
    f'rpc error: code = Unknown desc = failed to pull and unpack image "{IMAGE}": '
    f'failed to resolve reference "{IMAGE}": pulling from host {HOST} '
    "failed with status code [manifests v2]: 401 Unauthorized"
)


def recorded(case: str, **changes: Any) -> Snapshot:
    """The snapshot that a doctor would have taken of a recorded case, 60 seconds after its Pod was made."""
    content = json.loads((RECORDED / f"{case}.json").read_text())
    pod = content["pod"]
    namespace = pod["metadata"]["namespace"]
    named = {each["name"] for each in pod["spec"].get("imagePullSecrets", [])}
    account = {
        "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": namespace},
        **content["service_account"],
    }  # fmt: skip
    listed = {each["name"] for each in content["service_account"]["imagePullSecrets"]}
    secrets: dict[SecretKey, Secret | None] = {(namespace, name): None for name in named | listed}
    for obj in content["secrets"]:
        metadata = {**obj["metadata"], "namespace": namespace}
        secrets[namespace, metadata["name"]] = Secret.from_manifest({**obj, "metadata": metadata})
    owner = pod["metadata"].get("ownerReferences")
    facts = PodFacts(
        pod,
        tuple(an_event(obj) for obj in content["events"] if obj["involvedObject"].get("kind") == "Pod"),
        owner="deployment/web" if owner else "",
        template_own=False if owner else None,
        platform="linux/amd64",
    )
    now = parse_time(pod["metadata"]["creationTimestamp"]) + timedelta(seconds=60)
    parts: dict[str, Any] = {
        "pods": (facts,), "now": now, "secrets": secrets, "accounts": {(namespace, "default"): account},
    }  # fmt: skip
    return Snapshot(**{**parts, **changes})


def an_event(obj: Mapping[str, Any]) -> Event:
    path = obj["involvedObject"].get("fieldPath", "")
    try:
        last = parse_time(obj.get("lastTimestamp") or "")
    except InvalidInput:
        last = None
    container = path.partition("{")[2].removesuffix("}")
    return Event(obj["reason"], obj["message"], obj.get("count") or 1, last, container)


def a_pod(
    names: Sequence[str] = (),
    *,
    message: str = REFUSED,
    reason: str = "ErrImagePull",
    image: str = IMAGE,
    owner: str = "ReplicaSet",
    name: str = "web-1-x",
    account: str = "default",
    **spec: Any,
) -> dict[str, Any]:
    reference = {"apiVersion": "apps/v1", "kind": owner, "name": "web-1", "uid": "rs1", "controller": True}
    state: dict[str, Any] = {"waiting": {"reason": reason, "message": message}}
    if reason == "Running":
        state = {"running": {"startedAt": MADE}}
    return {
        "metadata": {
            "name": name, "namespace": "shop", "uid": f"uid-{name}", "resourceVersion": "9",
            "creationTimestamp": MADE, **({"ownerReferences": [reference]} if owner else {}),
        },
        "spec": {
            "containers": [{"name": "web", "image": image}],
            "nodeName": "node1", "serviceAccountName": account,
            **({"imagePullSecrets": [{"name": each} for each in names]} if names else {}), **spec,
        },
        "status": {"phase": "Pending", "containerStatuses": [{"name": "web", "state": state}]},
    }  # fmt: skip


def a_secret(
    name: str = "pull",
    auths: Any = None,
    *,
    kind: str = TYPE_JSON,
    created: str = "2026-11-22T07:00:00Z",
    namespace: str = "shop",
    **metadata: Any,
) -> Secret:
    auths = {HOST: ("robot", PASSWORD)} if auths is None else auths
    if isinstance(auths, dict):
        auths = {
            key: {"auth": base64.b64encode(":".join(login).encode()).decode()}
            if isinstance(login, tuple)
            else login
            for key, login in auths.items()
        }  # fmt: skip
    data = json.dumps({"auths": auths})
    metadata = {"name": name, "namespace": namespace, "creationTimestamp": created, **metadata}
    return Secret.from_decoded({"type": kind, "metadata": metadata, "data": {".dockerconfigjson": data}})


def an_account(*names: str, name: str = "default", written: str = "") -> dict[str, Any]:
    fields = [{"time": written, "fieldsV1": {"f:imagePullSecrets": {}}}] if written else []
    return {
        "metadata": {"name": name, "namespace": "shop", "creationTimestamp": MADE, "managedFields": fields},
        "imagePullSecrets": [{"name": each} for each in names],
    }


def failed(
    count: int = 1, last: datetime | None = NOW - timedelta(minutes=5), message: str = REFUSED
) -> Event:
    return Event("Failed", f'Failed to pull image "{IMAGE}": {message}', count, last, "web")


def a_snapshot(
    pod: dict[str, Any] | None = None,
    *secrets: Secret,
    account: Any = None,
    events: Sequence[Event] = (failed(),),
    owner: str = "deployment/web",
    template_own: bool | None = False,
    platform: str = "linux/amd64",
    probes: Mapping[Any, Probe] | None = None,
    **parts: Any,
) -> Snapshot:
    """One Pod with what belongs to it; names that no Secret is given for are missing."""
    pod = a_pod() if pod is None else pod
    account = an_account() if account is None else account
    named = [each["name"] for each in pod["spec"].get("imagePullSecrets") or []]
    named += [each["name"] for each in (account or {}).get("imagePullSecrets", [])]
    every: dict[SecretKey, Secret | None] = {("shop", name): None for name in named}
    every |= {(secret.namespace, secret.name): secret for secret in secrets}
    facts = PodFacts(pod, tuple(events), owner, template_own, platform)
    accounts = {("shop", pod["spec"].get("serviceAccountName") or "default"): account or None}
    given: dict[str, Any] = {
        "pods": (facts,), "now": NOW, "secrets": every, "accounts": accounts, "probes": dict(probes or {}),
    }  # fmt: skip
    return Snapshot(**{**given, **parts})
