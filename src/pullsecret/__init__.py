"""pullsecret makes private images pull in Kubernetes.

These names are the library: the rules of the field, without I/O. They are imported when they are first
used, since the commands import this package too and should not wait for what they do not need.
"""

from typing import TYPE_CHECKING, Any

from pullsecret._version import __version__

if TYPE_CHECKING:
    from pullsecret.core.credentials import Credential
    from pullsecret.core.dockerconfig import DockerConfig
    from pullsecret.core.errors import (
        InvalidDockerConfig,
        InvalidImageReference,
        InvalidPullSecret,
        PullSecretError,
    )
    from pullsecret.core.explain import explain
    from pullsecret.core.images import ImageReference
    from pullsecret.core.keyring import Keyring
    from pullsecret.core.pullsecrets import Secret
    from pullsecret.core.sensitive import Sensitive

__all__ = [
    "Credential",
    "DockerConfig",
    "ImageReference",
    "InvalidDockerConfig",
    "InvalidImageReference",
    "InvalidPullSecret",
    "Keyring",
    "PullSecretError",
    "Secret",
    "Sensitive",
    "__version__",
    "explain",
]

_MODULES = {
    "Credential": "credentials",
    "DockerConfig": "dockerconfig",
    "ImageReference": "images",
    "InvalidDockerConfig": "errors",
    "InvalidImageReference": "errors",
    "InvalidPullSecret": "errors",
    "Keyring": "keyring",
    "PullSecretError": "errors",
    "Secret": "pullsecrets",
    "Sensitive": "sensitive",
    "explain": "explain",
}
"""The module of `pullsecret.core` that each name lives in."""


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.core.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Name what is public."""
    return list(__all__)
