"""Who names a Secret, and who still needs it."""

from typing import Any

import pytest

from pullsecret.core.secretusers import SecretUsers, pods_needing, users_by_secret, users_of_secret


def an_object(kind: str, name: str, *secrets: str, namespace: str = "shop", **more: Any) -> dict[str, Any]:
    entries = {"imagePullSecrets": [{"name": secret} for secret in secrets]}
    spec: dict[str, Any] = {"spec": entries}
    if kind in ("Deployment", "ReplicaSet"):
        spec = {"spec": {"template": spec}}
    elif kind == "ServiceAccount":
        spec = entries
    version = "v1" if kind in ("Pod", "ServiceAccount") else "apps/v1"
    metadata = {"name": name, "namespace": namespace, **more.pop("metadata", {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **spec, **more}


def test_users_of_a_secret_are_told_each_by_its_kind() -> None:
    owned = {"ownerReferences": [{"kind": "Deployment", "name": "web", "controller": True}]}
    users = users_of_secret(
        "harbor",
        [
            an_object("ServiceAccount", "default", "harbor", "hub"),
            an_object("ServiceAccount", "builder", "hub"),
        ],
        [
            an_object("Pod", "web-2", "hub", "harbor"),
            an_object("Pod", "web-1", "harbor"),
            an_object("Pod", "db"),
        ],
        [
            an_object("Deployment", "web", "harbor"),
            an_object("Deployment", "db"),
            an_object("ReplicaSet", "web-1", "harbor", metadata=owned),
        ],
        namespace="shop",
    )
    assert users == SecretUsers(("default",), ("web-1", "web-2"), ("deployment/web",))
    assert users


def test_secrets_of_other_namespaces_have_other_users() -> None:
    pods = [an_object("Pod", "web", "harbor"), an_object("Pod", "web", "harbor", namespace="test")]
    index = users_by_secret([], pods, [])
    assert set(index) == {("shop", "harbor"), ("test", "harbor")}
    assert not users_of_secret("harbor", [], pods, [], namespace="prod")
    assert not SecretUsers()


def test_every_template_of_a_custom_resource_counts() -> None:
    templates = [
        {"spec": {"containers": [{"image": "x"}], "imagePullSecrets": [{"name": name}]}}
        for name in ("a", "b")
    ]
    job = {
        "apiVersion": "example.com/v1",
        "kind": "Train",
        "metadata": {"name": "t"},
        "spec": {"jobs": templates},
    }
    assert users_by_secret([], [], [job]) == {
        ("", name): SecretUsers(workloads=("train/t",)) for name in ("a", "b")
    }


@pytest.mark.parametrize(
    ("status", "needs"),
    [
        ({"phase": "Pending"}, True), ({"phase": "Running"}, True), ({"phase": "Unknown"}, True), ({}, True),
        ({"phase": "Succeeded"}, False), ({"phase": "Failed"}, False),
    ],
)  # fmt: skip
def test_a_finished_pod_needs_no_secret(status: dict[str, Any], needs: bool) -> None:
    pod = an_object("Pod", "web", "harbor", status=status)
    assert pods_needing("harbor", [pod], namespace="shop") == ([pod] if needs else [])
    assert pods_needing("hub", [pod], namespace="shop") == []
    assert pods_needing("harbor", [pod], namespace="test") == []
