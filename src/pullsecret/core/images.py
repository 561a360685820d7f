"""Image references: the grammar of the distribution project, with Docker Hub's short names made whole.

Source: distribution `reference/{regexp,normalize,reference}.go` as the kubelet uses it
(`pkg/util/parsers`). Unlike newer versions of that library the kubelet's takes no IPv6 hosts.
"""

import re
from dataclasses import dataclass, field
from typing import Self

from pullsecret.core.errors import InvalidImageReference

DEFAULT_REGISTRY = "docker.io"
NAME_MAX = 255
REFERENCE_MAX = 1024
SHOWN_MAX = 80

DOMAIN_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_DOMAIN = rf"{DOMAIN_LABEL}(?:\.{DOMAIN_LABEL})*(?::[0-9]+)?"
# The grammar's separator may be empty; here it may not, which accepts the same and cannot backtrack.
PATH_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"(?P<name>(?:{_DOMAIN}/)?{PATH_COMPONENT}(?:/{PATH_COMPONENT})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?"
)
_IDENTIFIER = re.compile(r"[a-f0-9]{64}")
_DIGEST = re.compile(r"sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}")


@dataclass(frozen=True, slots=True)
class ImageReference:
    """What an image is called, with nothing left out.

    Attributes:
        repository: registry and path: ``docker.io/library/nginx``. What credentials are looked up by.
        registry: the host, with its port if one is named: ``docker.io``.
        path: the repository within the registry: ``library/nginx``.
        tag: ``latest`` when neither tag nor digest was given; empty when only a digest was.
        digest: ``sha256:…``; empty when none was given. Where both are given the digest decides.
        text: the reference as it was typed; not part of its identity.
    """

    repository: str
    registry: str
    path: str
    tag: str
    digest: str
    text: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a reference as it stands in a Pod's `image`.

        Raises:
            InvalidImageReference: where the kubelet would say `InvalidImageName`.
        """
        if _IDENTIFIER.fullmatch(text):
            raise _invalid(text, "64 hexadecimal digits are an image's ID, which cannot be pulled")
        registry, remainder = _split_registry(text)
        match = _REFERENCE.fullmatch(f"{registry}/{remainder}") if len(text) <= REFERENCE_MAX else None
        if match is None:
            raise _invalid(text, _reason(text, remainder))
        repository = match["name"]
        if len(repository) > NAME_MAX:
            raise _invalid(text, f"its name is longer than {NAME_MAX} characters")
        digest = match["digest"] or ""
        if digest and not _DIGEST.fullmatch(digest):
            raise _invalid(text, "its digest is none of sha256, sha384 and sha512 in lower-case hexadecimal")
        tag = match["tag"] or ("" if digest else "latest")
        path = repository.removeprefix(f"{registry}/")
        return cls(repository, registry, path, tag, digest, text)

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.repository}{tag}{digest}"


def _split_registry(text: str) -> tuple[str, str]:
    """Tell the registry from the rest, as docker does: by a dot, a colon or `localhost`."""
    first, slash, rest = text.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        registry, remainder = first, rest
    else:
        registry, remainder = DEFAULT_REGISTRY, text
    if registry == "index.docker.io":
        registry = DEFAULT_REGISTRY
    if registry == DEFAULT_REGISTRY and "/" not in remainder:
        remainder = f"library/{remainder}"
    return registry, remainder


def _reason(text: str, remainder: str) -> str:
    """Say what most likely is wrong with text that does not fit the grammar."""
    if not text:
        return "it is empty"
    if text != text.strip() or any(c.isspace() for c in text):
        return "it has a space or line break in it"
    if "://" in text:
        return "an image's name starts with the registry's host, without a scheme"
    if text.startswith("["):
        return "the kubelet takes no IPv6 address as a registry"
    name = remainder.partition("@")[0].partition(":")[0]
    if name != name.lower():
        return "the part after the registry must be lower case"
    return "it does not fit [registry/]path[:tag][@digest]"


def _invalid(text: str, reason: str) -> InvalidImageReference:
    shown = text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"
    return InvalidImageReference(f"{shown!r} is no image reference: {reason}")
