"""Whose registry it is, told by its host: some say the same words and mean another thing."""

import re

DOCKER_HUB = "Docker Hub"
GHCR = "GitHub"
ECR = "Amazon ECR"
GOOGLE = "Google"
AZURE = "Azure ACR"
ALIYUN = "Aliyun ACR"
QUAY = "Quay"
GITLAB = "GitLab"
HARBOR = "Harbor"
ARTIFACTORY = "Artifactory"
NEXUS = "Nexus"
OPENSHIFT = "OpenShift"
RED_HAT = "Red Hat"
PUBLIC = "public"
"""Registries that never ask for a login: what they refuse, they refuse to everybody at that address."""

_PRODUCTS: tuple[tuple[str, str], ...] = (
    (r"(?:.*\.)?docker\.(?:io|com)", DOCKER_HUB),
    (r"(?:.*\.)?ghcr\.io|docker\.pkg\.github\.com", GHCR),
    (r".*\.dkr[.-]ecr(?:-fips)?\..*|public\.ecr\.aws|ecr-public\.aws\.com", ECR),
    (r"registry\.k8s\.io|(?:.*\.)?k8s\.gcr\.io|mcr\.microsoft\.com|.*\.data\.mcr\.microsoft\.com", PUBLIC),
    (r"(?:.*\.)?gcr\.io|.*\.pkg\.dev", GOOGLE),
    (r".*\.azurecr\.(?:io|cn|us)", AZURE),
    (r"(?:registry(?:-vpc|-internal)?(?:\.[\w-]+)?|.*\.cr|dockerauth.*)\.aliyuncs\.com", ALIYUN),
    (r"(?:.*\.)?quay\.io", QUAY),
    (r"(?:image|docker)-registry\.(?:openshift-image-registry|default)\.svc(?:\..*)?", OPENSHIFT),
    (r"registry\.(?:redhat|connect\.redhat|access\.redhat)\.(?:io|com)", RED_HAT),
    (r"(?:.*[.-])?gitlab[.-].*", GITLAB),
    (r".*\.jfrog\.io|(?:.*[.-])?artifactory[.-].*", ARTIFACTORY),
    (r"(?:.*[.-])?nexus\d*[.-].*", NEXUS),
    (r"(?:.*[.-])?harbor[.-].*|harbor", HARBOR),
)  # fmt: skip


def registry_of(host: str, path: str = "") -> str:
    """Name the registry of a host; empty where the name does not tell.

    Args:
        host: as in an address, with a port or without.
        path: what was asked for there; Google serves Kubernetes' own public images too.
    """
    if "/k8s-artifacts-prod/" in path:
        return PUBLIC
    name = host.rpartition(":")[0] if re.search(r":\d+\Z", host) else host
    name = name.lower().rstrip(".")
    return next((product for pattern, product in _PRODUCTS if re.fullmatch(pattern, name)), "")
