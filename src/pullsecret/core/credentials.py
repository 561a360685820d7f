"""One credential, and where it came from."""

from dataclasses import dataclass, field

from pullsecret.core.sensitive import Sensitive


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a credential came from, so that a person can go and look.

    Attributes:
        source: the Secret as ``namespace/name``, the file's path, or ``flags``, ``stdin``, ``prompt``,
            ``helper docker-credential-pass``.
        key: the entry's key in the docker config, as it is written there; empty when there is none.
    """

    source: str = ""
    key: str = ""

    def __str__(self) -> str:
        return f"{self.source} [{self.key}]" if self.key else self.source


@dataclass(frozen=True, slots=True)
class Credential:
    """What one docker config entry offers a registry.

    Attributes:
        username: the user name; not secret.
        password: the password or token used as one.
        identity_token: an OAuth2 refresh token (docker's `identitytoken`); the kubelet does not use it.
        registry_token: a ready Bearer token (docker's `registrytoken`); the kubelet does not use it.
        origin: where it came from; not part of its identity.
    """

    username: str = ""
    password: Sensitive = field(default_factory=Sensitive)
    identity_token: Sensitive = field(default_factory=Sensitive)
    registry_token: Sensitive = field(default_factory=Sensitive)
    origin: Origin = field(default=Origin(), compare=False)

    @property
    def anonymous(self) -> bool:
        """Whether there is nothing in it to send."""
        return not (self.username or self.password or self.identity_token or self.registry_token)


ANONYMOUS = Credential(origin=Origin("anonymous"))
"""No credential, as a value: asking a registry without one."""
