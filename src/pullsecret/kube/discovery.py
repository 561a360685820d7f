"""What an API server serves: groups, versions, kinds; asked once and remembered."""

from collections.abc import Iterator, Sequence

from pullsecret.core.errors import NotFound
from pullsecret.core.objects import Kind, Object
from pullsecret.kube.shapes import Expected
from pullsecret.kube.transport import Request, Transport


class Discovery:
    """The kinds of one API server."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._resources: dict[str, Sequence[Object]] = {}
        self._versions: tuple[str, ...] | None = None

    async def versions(self) -> tuple[str, ...]:
        """Give all groups' versions (``v1``, ``apps/v1``), each group's preferred one first."""
        if self._versions is None:
            answer, expected = await self._get("/apis"), self._expected("groups of the API")
            groups = expected.objects(answer, "groups", needed=True)
            self._versions = ("v1", *(name for group in groups for name in _versions_of(group, expected)))
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

    async def _resources_of(self, api_version: str) -> Sequence[Object]:
        if api_version not in self._resources:
            root = "/apis" if "/" in api_version else "/api"
            try:
                answer = await self._get(f"{root}/{api_version}")
            except NotFound:
                answer = {"resources": None}
            expected = self._expected(f"the list of kinds in {api_version}")
            resources = expected.objects(answer, "resources", needed=True)
            for resource in resources:
                expected.sequence(resource, "shortNames")
            self._resources[api_version] = resources
        return self._resources[api_version]

    def _expected(self, what: str) -> Expected:
        return Expected(self._transport.server, what)

    async def _get(self, path: str) -> Object:
        return await self._transport.send(Request("GET", path, repeatable=True))


def _versions_of(group: Object, expected: Expected) -> list[str]:
    preferred = expected.mapping(group, "preferredVersion").get("groupVersion")
    names = [str(version.get("groupVersion")) for version in expected.objects(group, "versions")]
    return sorted(names, key=lambda name: name != preferred)


def _kinds(api_version: str, resources: Sequence[Object]) -> Iterator[Kind]:
    group, _, version = api_version.rpartition("/")
    for resource in resources:
        name = str(resource.get("name"))
        if "/" not in name:
            short = tuple(str(item) for item in resource.get("shortNames") or ())
            yield Kind(
                group, version, str(resource.get("kind")), name, bool(resource.get("namespaced")), short
            )
