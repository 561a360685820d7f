"""Manifests as `check` gets them, and short ways to make them."""

from typing import Any

from pullsecret.core.check.model import ManifestObject, Place
from pullsecret.core.dockerconfig import DockerConfig
from pullsecret.core.objects import Object
from pullsecret.core.pullsecrets import secret_manifest
from support.clusters import login


def manifest(obj: Object, *, file: str = "web.yaml", line: int = 1) -> ManifestObject:
    return ManifestObject(obj, Place(file, 1, line))


def deployment(*images: str, name: str = "web", namespace: str = "web", **spec: Any) -> ManifestObject:
    """Make a Deployment with a container for each image; `spec` goes into its Pod's."""
    containers = [{"name": f"c{number}", "image": image} for number, image in enumerate(images)]
    template = {"spec": {"containers": containers, **spec}}
    return manifest({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace},
        "spec": {"template": template},
    })  # fmt: skip


def named(*names: str) -> list[dict[str, str]]:
    """Give a list for `imagePullSecrets`."""
    return [{"name": name} for name in names]


def account(name: str, *secrets: str, namespace: str = "web", lists: bool = True) -> ManifestObject:
    obj: Object = {
        "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": namespace},
    }  # fmt: skip
    return manifest(obj | ({"imagePullSecrets": named(*secrets)} if lists else {}))


def secret(
    name: str, config: DockerConfig | None = None, *, namespace: str = "web", **extra: Any
) -> ManifestObject:
    """Make a pull Secret; `extra` overrides top-level fields."""
    made = secret_manifest(name, config or login("harbor.example.com"), namespace=namespace)
    return manifest({**made, **extra}, file="secrets.yaml", line=7)


def maker(kind: str, name: str, *, namespace: str = "web", **spec: Any) -> ManifestObject:
    """Make an object that another controller makes a Secret from."""
    return manifest({
        "apiVersion": "example.com/v1", "kind": kind, "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    })  # fmt: skip
