"""Policies and what is there for them, as short as tests want them."""

from typing import Any

from pullsecret.app.ports import Cluster
from pullsecret.app.sync.report import SyncReport
from pullsecret.app.sync.run import SyncRequest, sync
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.objects import Object
from pullsecret.core.plan import Claim, Intent, NamespacePlan, NamespaceView, plan_namespace
from pullsecret.core.policy.model import DockerConfigSource, Policy, PolicyKey, SecretRef
from pullsecret.core.policy.names import MANAGED_BY, MANAGER, POLICY_LABEL, POLICY_UID
from pullsecret.core.policy.sources import Content, HeldCredential, content_of
from pullsecret.core.pullsecrets import TYPE_JSON, secret_manifest
from support.clusters import login, no_sleep

SOURCE = SecretRef("platform", "harbor-login")
KEY = PolicyKey("ClusterPullSecret", "", "harbor")
UID = "policy-uid"


def a_policy(**changes: Any) -> Policy:
    """Give a policy that copies `platform/harbor-login` as `harbor`."""
    given = {"key": KEY, "secret_name": "harbor", "sources": (DockerConfigSource(SOURCE),), "uid": UID}
    return Policy(**{**given, **changes})


def source_secret(config: DockerConfig | None = None, **metadata: Any) -> Object:
    """Give the source of `a_policy` as the API server has it."""
    manifest = secret_manifest(SOURCE.name, config or login("harbor.example.com"), namespace=SOURCE.namespace)
    manifest["metadata"] |= {"uid": "source-uid", "resourceVersion": "7", **metadata}
    return manifest


def a_content(*hosts: str, **how: str) -> Content:
    """Give what copies hold: a login for each host."""
    config = login(*(hosts or ("harbor.example.com",)), **how)
    return content_of(a_policy(), {SOURCE: source_secret(config)})


def a_claim(intent: Intent = Intent.KEEP, *, content: Content | None = None, **changes: Any) -> Claim:
    """Give a claim of `a_policy`; `changes` go to the policy, but for what is the claim's own."""
    own = {name: changes.pop(name) for name in ("rivals", "beaten_by", "used_by") if name in changes}
    policy, content = a_policy(**changes), content or a_content()
    if intent is Intent.DROP:
        return Claim(policy, intent, **own)
    return Claim(policy, intent, content.data, registries_of(content), **own)


def registries_of(content: Content) -> frozenset[str]:
    return frozenset(registry_of(held) for held in content.credentials)


def registry_of(held: HeldCredential) -> str:
    return held.registry


def a_namespace(name: str = "web", **metadata: Any) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **metadata}}


def a_copy(content: Content | None = None, **parts: Any) -> Object:
    """Give the copy of `a_policy` as it should be; `parts` override, in `metadata` one by one."""
    metadata = {
        "name": "harbor",
        "namespace": "web",
        "uid": "copy-uid",
        "resourceVersion": "3",
        "labels": {MANAGED_BY: MANAGER, POLICY_LABEL: "ClusterPullSecret.harbor"},
        "annotations": {POLICY_UID: UID},
        **parts.pop("metadata", {}),
    }
    data = {".dockerconfigjson": (content or a_content()).data}
    made = {"apiVersion": "v1", "kind": "Secret", "type": TYPE_JSON, "data": data}
    return {**made, **parts, "metadata": metadata}


def foreign(**parts: Any) -> Object:
    """Give a Secret of the copies' name that somebody else made."""
    bare: dict[str, Any] = {"labels": {}, "annotations": {}}
    return a_copy(**{**parts, "metadata": {**bare, **parts.get("metadata", {})}})


def an_account(name: str = "default", *names: str, attached: str = "", **metadata: Any) -> Object:
    """Give a ServiceAccount; `attached` is what its mark says."""
    annotations = {"pullsecret.dev/attached": attached} if attached else {}
    annotations |= metadata.pop("annotations", {})
    return {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {
            "name": name, "namespace": "web", "resourceVersion": "5", "annotations": annotations, **metadata
        },
        "imagePullSecrets": [{"name": each} for each in names],
    }  # fmt: skip


def a_view(*accounts: Object, secret: Object | None = None, namespace: Object | None = None) -> NamespaceView:
    return NamespaceView(namespace or a_namespace(), secret, accounts)


def whole(spec: Any, *, kind: str = "ClusterPullSecret", **metadata: Any) -> Object:
    """Give a policy's manifest."""
    place = {"namespace": "shop"} if kind == "PullSecret" else {}
    return {
        "apiVersion": "pullsecret.dev/v1alpha1",
        "kind": kind,
        "metadata": {"name": "harbor", **place, **metadata},
        "spec": spec,
    }


SPEC: dict[str, Any] = {
    "credentials": [{"type": "DockerConfig", "secretRef": {"namespace": "platform", "name": "harbor-login"}}],
    "namespaces": {"include": ["*"]},
}
OWN_SPEC: dict[str, Any] = {"credentials": [{"type": "DockerConfig", "secretRef": {"name": "login"}}]}


def planned(claim: Claim, *accounts: Object, **view: Any) -> NamespacePlan:
    """Plan for a namespace as it is seen."""
    return plan_namespace(claim, a_view(*accounts, **view))


def steps(claim: Claim, *accounts: Object, **view: Any) -> list[str]:
    """Give the steps of a plan in words."""
    return [str(step) for step in planned(claim, *accounts, **view).steps]


def a_request(
    *, content: Content | None = None, prune: bool = False, dry_run: bool = False, **policy: Any
) -> SyncRequest:
    """Ask for one run of `a_policy`."""
    return SyncRequest(a_policy(**policy), content or a_content(), prune, dry_run)


async def synced(cluster: Cluster, **how: Any) -> SyncReport:
    """Run `a_request`."""
    return await sync(cluster, a_request(**how), no_sleep)
