"""One message about a failed pull, read once: who speaks, what was asked of whom, and what came back."""

import re
from dataclasses import dataclass
from functools import cache

from pullsecret.core.explain import hosts
from pullsecret.core.explain.answers import code_of, grpc_of, status_of
from pullsecret.core.explain.names import asked_of, image_of, registry_in, secrets_of
from pullsecret.core.explain.skeleton import chain_of, unfolded
from pullsecret.core.redaction import redacted

LENGTH_MAX = 16_384
"""Characters of one message that are read; what programs print of one failure is far below."""

_RUNTIMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "containerd",
        (
            r"failed to (?:pull and unpack|resolve (?:reference|image)|extract layer|do request|copy)",
            r"failed to (?:authorize|fetch (?:oauth|anonymous) token)",
            r"httpRead(?:er)?Seeker|pulling from host|unexpected status from (?:HEAD|GET) request",
        ),
    ),
    (
        "CRI-O",
        (
            r"(?:initializing source|pinging (?:container|docker) registry|reading (?:manifest|blob))\b",
            r"(?:parsing image configuration|copying (?:system|config|layer|image)|writing blob)\b",
            r"(?:committing the finished image|choosing (?:an )?(?:image|instance)|requesting bear)",
            r"Source image rejected|short.name|unable to (?:retrieve auth token|pull image)",
            r"RegistryUnavailable|SignatureValidationFailed",
        ),
    ),
    (
        "Docker",
        (
            r"Error response from daemon|API error \(\d+|error pulling image configuration",
            r"failed to register layer|pull access denied for|manifest for .*not found",
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Message:
    """What a message says, apart.

    Attributes:
        text: the message on one line, without credentials.
        chain: the chain of errors, one link a line (see `skeleton`).
        runtime: whose words they are: ``containerd``, ``CRI-O``, ``Docker``; empty where they do not tell.
        grpc: the gRPC code's name; empty where there is none.
        image: the image that was asked for, as it is written.
        scheme: ``https`` or ``http``, as it was asked; empty where that is not told.
        host: the registry that was asked last; else the one that the image names.
        path: what was asked for there.
        namespace: the registry that a mirror was asked for (containerd's ``?ns=``).
        status: the HTTP status that came back; 0 where none did.
        code: the registry's own error code (``MANIFEST_UNKNOWN``); empty where it gave none.
        detail: the registry's words beside it.
        secrets: the pull Secrets it names.
    """

    text: str
    chain: str
    runtime: str
    grpc: str
    image: str
    scheme: str
    host: str
    path: str
    namespace: str
    status: int
    code: str
    detail: str
    secrets: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "Message":
        """Read a message; anything is one."""
        plain = unfolded(redacted(text, LENGTH_MAX))
        chain = chain_of(plain)
        image = image_of(plain)
        scheme, host, path, namespace = asked_of(plain, image)
        code, detail = code_of(chain)
        return cls(
            text=" ".join(plain.split()),
            chain=chain,
            runtime=_runtime_of(plain),
            grpc=grpc_of(chain),
            image=image,
            scheme=scheme,
            host=host,
            path=path,
            namespace=namespace,
            status=status_of(chain),
            code=code,
            detail=detail,
            secrets=secrets_of(plain),
        )

    def says(self, words: str) -> bool:
        """Tell whether a link of the chain begins with these words (a regular expression)."""
        return bool(self.quote(words))

    def quote(self, words: str) -> str:
        """Give what of the chain matches these words, which begin at the beginning of a link."""
        match = _anchored(words).search(self.chain)
        return match[0] if match else ""

    @property
    def registry(self) -> str:
        """Whose registry was asked; empty where no name tells."""
        return hosts.registry_of(self.host, self.path) or hosts.registry_of(registry_in(self.image))

    @property
    def is_word(self) -> bool:
        """Whether it is a word or two and nothing else, as somebody types them."""
        return self.is_adrift and "\n" not in self.chain

    @property
    def is_adrift(self) -> bool:
        """Whether nothing in it tells that it was said of an image or a registry."""
        known = self.image or self.host or self.runtime or self.grpc
        return not known and ("\n" not in self.chain or not (self.code or self.status))

    @property
    def at_storage(self) -> bool:
        """Whether it was not the registry that was asked, but where it keeps its layers."""
        return bool(self.path) and not re.search(r"/v[012]/|token|auth", self.path)

    @property
    def via_mirror(self) -> bool:
        """Whether another host was asked for what the image's own registry has."""
        own = hosts.registry_of(self.host) == hosts.DOCKER_HUB and self.namespace == "docker.io"
        return bool(self.namespace) and self.host != self.namespace and not own


def _runtime_of(plain: str) -> str:
    spoken = (name for name, words in _RUNTIMES if re.search("|".join(words), plain, re.IGNORECASE))
    return next(spoken, "")


@cache
def _anchored(words: str) -> re.Pattern[str]:
    return re.compile(f"^(?:{words})", re.MULTILINE | re.IGNORECASE)
