"""Registries whose images need no credential, or often need none: what may be said without asking."""

from pullsecret.core.images import ImageReference

OPEN = frozenset({"registry.k8s.io", "k8s.gcr.io", "mcr.microsoft.com", "public.ecr.aws",
                  "registry.access.redhat.com"})  # fmt: skip
"""All that they have is for everybody."""

OFTEN = frozenset({
    "docker.io", "quay.io", "ghcr.io", "gcr.io", "registry.gitlab.com", "lscr.io", "cgr.dev", "nvcr.io",
    "docker.elastic.co", "cr.l5d.io", "xpkg.upbound.io",
})  # fmt: skip
"""Hosts that serve public images of many projects, beside private ones."""

_OFFICIAL = "docker.io/library/"


def is_open(reference: ImageReference) -> bool:
    """Whether anybody may pull it: a credential is never needed."""
    return reference.registry in OPEN or reference.repository.startswith(_OFFICIAL)


def is_often_public(reference: ImageReference) -> bool:
    """Whether it is usual that images of its registry need no credential."""
    return is_open(reference) or reference.registry in OFTEN
