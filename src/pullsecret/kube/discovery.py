"""What an API server serves: groups, versions, kinds; asked once and remembered."""

from collections.abc import Iterator
from typing import Any

from pullsecret.core.errors import NotFound
from pullsecret.core.objects import Kind
from pullsecret.kube.transport import Request, Transport


class Discovery:
    """The kinds of one API server."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._resources: dict[str, list[dict[str, Any]]] = {}
        self._versions: tuple[str, ...] | None = None

    async def versions(self) -> tuple[str, ...]:
        """Give all groups' versions (``v1``, ``apps/v1``), each group's preferred one first."""
        if self._versions is None:
            groups = await self._get("/apis")
            self._versions = (
                "v1",
                *(name for group in groups.get("groups") or () for name in _versions_of(group)),
            )
        return self._versions

    async def kinds(self, api_version: str) -> tuple[Kind, ...]:
        """Give the kinds of one group's version; none where the server does not have it."""
        return tuple(_kinds(api_version, await self._resources_of(api_version)))

    async def serves(self, kind: Kind) -> bool:
        """Tell whether the server has this kind in this version."""
        return any(other.plural == kind.plural for other in await self.kinds(kind.api_version))

    async def find(self, word: str) -> Kind | None:
        """Find the kind that people call so: plural, singular or short name, with ``.GROUP`` or without."""
        name, _, group = word.lower().partition(".")
        for api_version in await self.versions():
            if group and not api_version.startswith(f"{group}/"):
                continue
            for kind in await self.kinds(api_version):
                if name in {kind.plural, kind.singular, *kind.short_names}:
                    return kind
        return None

    async def eviction_version(self) -> str:
        """Give the `apiVersion` of Evictions: policy/v1 from Kubernetes 1.22 on, v1beta1 before."""
        for resource in await self._resources_of("v1"):
            if resource.get("name") == "pods/eviction" and resource.get("group"):
                return f"{resource['group']}/{resource.get('version')}"
        return "policy/v1beta1"

    async def _resources_of(self, api_version: str) -> list[dict[str, Any]]:
        if api_version not in self._resources:
            root = "/apis" if "/" in api_version else "/api"
            try:
                answer = await self._get(f"{root}/{api_version}")
            except NotFound:
                answer = {}
            self._resources[api_version] = [
                item for item in answer.get("resources") or () if isinstance(item, dict)
            ]
        return self._resources[api_version]

    async def _get(self, path: str) -> dict[str, Any]:
        return await self._transport.send(Request("GET", path, repeatable=True))


def _versions_of(group: dict[str, Any]) -> list[str]:
    preferred = (group.get("preferredVersion") or {}).get("groupVersion")
    names = [str(version.get("groupVersion")) for version in group.get("versions") or ()]
    return sorted(names, key=lambda name: name != preferred)


def _kinds(api_version: str, resources: list[dict[str, Any]]) -> Iterator[Kind]:
    group, _, version = api_version.rpartition("/")
    for resource in resources:
        name = str(resource.get("name"))
        if "/" not in name:
            short = tuple(str(item) for item in resource.get("shortNames") or ())
            yield Kind(
                group, version, str(resource.get("kind")), name, bool(resource.get("namespaced")), short
            )
