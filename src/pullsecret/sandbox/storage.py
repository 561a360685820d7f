"""What a sandbox registry keeps: repositories with tags, manifests and blobs. No I/O here."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pullsecret.sandbox.images import Content, Image


@dataclass(slots=True)
class Repository:
    """One repository; manifests and blobs by digest, digests by tag."""

    tags: dict[str, str] = field(default_factory=dict)
    manifests: dict[str, Content] = field(default_factory=dict)
    blobs: dict[str, Content] = field(default_factory=dict)

    def manifest(self, reference: str) -> Content | None:
        """Give the manifest that a tag or digest stands for."""
        return self.manifests.get(self.tags.get(reference, reference))


class Storage:
    """All repositories of one registry."""

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}

    def push(self, name: str, image: Image) -> str:
        """Keep an image as ``repository:tag``; gives its digest."""
        repository_name, _, tag = name.rpartition(":")
        repository = self.repositories.setdefault(repository_name, Repository())
        _keep(repository.manifests, (image.manifest, *image.children))
        _keep(repository.blobs, image.blobs)
        repository.tags[tag] = image.manifest.digest
        return image.manifest.digest


def _keep(place: dict[str, Content], contents: Iterable[Content]) -> None:
    place.update({content.digest: content for content in contents})
