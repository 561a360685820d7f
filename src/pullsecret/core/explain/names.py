"""The names in a message: the image, the registry that was asked, the pull Secrets."""

import re
from typing import Final, NamedTuple

from pullsecret.core.endpoints import DOCKER_HUB
from pullsecret.core.errors import InvalidImageReference
from pullsecret.core.images import ImageReference

_HUB_API: Final = "registry-1.docker.io"
_QUOTED_IMAGE = re.compile(
    r"(?:image|reference|image tag|PullImage|OCI artifact)[ =:]{1,2}\"((?:docker://)?[^\s\"]{1,1100})\"",
    re.IGNORECASE,
)
_BARE_IMAGE = re.compile(
    r"(?:image pull failed for|access denied for|manifest for|for image|image name|source docker://|image="
    r"|image verification failed for|source image docker://|[Mm]anifest [\w.:-]{1,200} in|Error: image)"
    r" ?([\w.:@/\[\]$<>-]{1,1100})"
)
_URL = re.compile(r"\b(https?)://([^\s\"'/?#]+)([^\s\"'?#]*)(?:\?([^\s\"'#]*))?")
_ASKED_HOST = re.compile(
    r"(?:pinging (?:container|docker) registry|pulling from host|lookup|\bhost=) ?\"?([\w.-]+(?::\d+)?)"
)
_CERTIFIED_HOST = re.compile(
    r"certificate is (?:not )?valid for [^\n]{1,2000}?, not ([\w.-]+)"
    r"|cannot validate certificate for ([\w.:-]+) because"
)
"""The name that a certificate lacks, which is that of the host."""
_DIALED = re.compile(
    r"(?<!proxyconnect tcp: )\bdial tcp[46]? ((?:[\d.]+|\[[\da-fA-F:.]+\]|[\w-]+(?:\.[\w-]+)*):\d+)"
)
"""Where a connection was tried, unless that is the proxy."""
_QUALIFIED = re.compile(
    r"(?:docker://|manifest [\w.:-]{1,200} in |unpack image \")"
    r"(localhost|[\w-]+(?:\.[\w-]+)*(?:\.[\w-]+|:\d+))/"
)
"""A short name as CRI-O and containerd made it whole."""
_SECRETS = re.compile(
    r"image pull secrets \(([^)\n]{1,2000})\)|retrieve pull secret (?:[\w.-]{1,253}/)?([\w.-]{1,253}) for"
    r"|retrieve pull secret,[^\n]{1,600}?secrets? \"([\w.-]{1,253})\""
)
_ENDS = ":,.;)]>"
_DOCUMENTATION = ("www.", "docs.", "aka.ms", "cloud.google.com", "console.", "github.com", "help.", "hub.")
"""Some messages end in advice, and an address to read it at."""


def image_of(plain: str) -> str:
    """Find the image that was asked for, as it is written; empty where none is named."""
    quoted = [match[1].removeprefix("docker://") for match in _QUOTED_IMAGE.finditer(plain)]
    bare = [_trimmed(match[1]) for match in _BARE_IMAGE.finditer(plain)]
    real = next((name for name in (*quoted, *bare) if registry_in(name)), "")
    return real or next((name for name in (*quoted, *bare) if name), "")


def registry_in(image: str) -> str:
    """Give the registry that an image's name names; empty where it is no name."""
    try:
        return ImageReference.parse(image).registry
    except InvalidImageReference:
        return ""


class Asked(NamedTuple):
    """Whom a message says was asked, and for what.

    Attributes:
        scheme: ``https`` or ``http``; empty where no address is told.
        host: with its port, if one is told; empty where none is.
        path: what was asked for there.
        namespace: the registry that a mirror was asked for.
    """

    scheme: str
    host: str
    path: str
    namespace: str


def asked_of(plain: str, image: str) -> Asked:
    """Give scheme, host, path and mirrored registry of the last address in a message.

    Outer errors name the image, the innermost one what was asked for.
    """
    urls = [url for url in _URL.finditer(plain) if not url[2].startswith(_DOCUMENTATION)]
    if urls:
        scheme, host, path, query = urls[-1].groups(default="")
        pairs = (pair.partition("=") for pair in query.split("&"))
        namespace = next((value for key, _, value in pairs if key == "ns"), "")
        unescaped = re.sub("%3[aA]", ":", namespace)
        return Asked(scheme, _trimmed(host.rpartition("@")[2]), _trimmed(path), _trimmed(unescaped))
    asked = _ASKED_HOST.search(plain) or _QUALIFIED.search(plain)
    return Asked("", asked[1] if asked else registry_in(image) or _met(plain), "", "")


def _met(plain: str) -> str:
    """Give the host that a connection was made to, where no name is told."""
    certified, dialed = _CERTIFIED_HOST.search(plain), _DIALED.search(plain)
    if certified:
        return _trimmed(certified[1] or certified[2])
    return dialed[1] if dialed else ""


def endpoint_of(scheme: str, host: str) -> str:
    """Give the root of the API that is asked for a registry's images; empty without a host."""
    if not re.fullmatch(r"[\w.-]+(?::\d+)?|\[[\da-fA-F:.]+\](?::\d+)?", host):
        return ""
    return f"{scheme or 'https'}://{_HUB_API if host in DOCKER_HUB else host}"


def host_of(endpoint: str) -> str:
    """Give the name in an endpoint, without scheme and port."""
    return re.sub(r":\d+\Z", "", endpoint.partition("://")[2])


def secrets_of(plain: str) -> tuple[str, ...]:
    """Give the names of the pull Secrets that the kubelet says it could not read."""
    match = _SECRETS.search(plain)
    names = re.split(r"[,\s]+", match[1] or match[2] or match[3]) if match else []
    return tuple(name for name in names if name)


def _trimmed(text: str) -> str:
    """Take off the punctuation of the sentence; a name that stands in angle brackets keeps them."""
    return text.rstrip(_ENDS if "<" not in text else _ENDS[:-1])
