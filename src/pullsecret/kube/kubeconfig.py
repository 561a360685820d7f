"""Kubeconfig files as values: parsed, merged and looked up by kubectl's rules, without I/O.

The rules are client-go's, tools/clientcmd: loader.go (merging, relative paths), api/v1/types.go (fields),
validation.go (what does not go together).
"""

import json
import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pullsecret.core.sensitive import Sensitive
from pullsecret.kube.fields import Node
from pullsecret.kube.readfile import Content
from pullsecret.kube.settings import Impersonation
from pullsecret.kube.yamldoc import read_document

EXEC_EXTENSION = "client.authentication.k8s.io/exec"
"""The cluster extension that is handed to exec plugins as `spec.cluster.config`."""

_ASSUMED_INTERACTIVE = {"client.authentication.k8s.io/v1beta1": "IfAvailable"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A `clusters[]` entry; paths are made absolute."""

    node: Node
    server: str = field(repr=False)  # people put passwords into it
    tls_server_name: str
    insecure: bool
    authority_file: str
    authority_data: Content
    proxy_url: Sensitive
    compression: bool
    exec_config: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class ExecSpec:
    """The `exec` stanza of a user."""

    node: Node
    command: str
    arguments: tuple[str, ...] = field(repr=False)
    variables: tuple[tuple[str, str], ...] = field(repr=False)
    api_version: str
    interactive_mode: str
    install_hint: str
    provide_cluster_info: bool


@dataclass(frozen=True, slots=True)
class User:
    """A `users[]` entry; paths are made absolute."""

    node: Node
    token: Sensitive
    token_file: str
    username: str
    password: Sensitive
    certificate_file: str
    certificate_data: Content
    key_file: str
    key_data: Sensitive
    impersonation: Impersonation
    auth_provider: str
    plugin: ExecSpec | None


@dataclass(frozen=True, slots=True)
class Context:
    """A `contexts[]` entry."""

    node: Node
    cluster: str
    user: str
    namespace: str


@dataclass(frozen=True, slots=True)
class Kubeconfig:
    """One file, or several merged."""

    current_context: str = ""
    clusters: Mapping[str, Cluster] = field(default_factory=dict)
    users: Mapping[str, User] = field(default_factory=dict)
    contexts: Mapping[str, Context] = field(default_factory=dict)


def parse(content: Content, *, file: str, folder: str) -> Kubeconfig:
    """Read one kubeconfig file.

    Args:
        content: what is in it; nothing at all is a kubeconfig with nothing in it.
        file: its name in errors.
        folder: the absolute folder that relative paths in it start from.

    Raises:
        InvalidInput: it is no kubeconfig; names file, line or JSON path.
    """
    document = Node(read_document(content, place=file), file)
    kind = document["kind"].text()
    if kind not in {"", "Config"}:
        raise document["kind"].fault(f"this is a {kind}, not a kubeconfig (kind: Config)")
    return Kubeconfig(
        current_context=document["current-context"].text(),
        clusters=_named(document["clusters"], lambda entry: _cluster(entry["cluster"], folder)),
        users=_named(document["users"], lambda entry: _user(entry["user"], folder)),
        contexts=_named(document["contexts"], lambda entry: _context(entry["context"])),
    )


def merge(kubeconfigs: Iterable[Kubeconfig]) -> Kubeconfig:
    """Join several files: for each name the first file that has it wins whole, as does the first context."""
    merged = Kubeconfig()
    for other in kubeconfigs:
        merged = Kubeconfig(
            current_context=merged.current_context or other.current_context,
            clusters={**other.clusters, **merged.clusters},
            users={**other.users, **merged.users},
            contexts={**other.contexts, **merged.contexts},
        )
    return merged


def _named(entries: Node, read: Callable[[Node], T]) -> dict[str, T]:
    named: dict[str, T] = {}
    places: dict[str, str] = {}
    for entry in entries.items():
        name = entry["name"].text()
        if name in named:
            raise entry["name"].fault(f"{name!r} stands here twice; first at {places[name]}")
        named[name], places[name] = read(entry), entry.path
    return named


def _cluster(node: Node, folder: str) -> Cluster:
    return Cluster(
        node=node,
        server=node["server"].text(),
        tls_server_name=node["tls-server-name"].text(),
        insecure=node["insecure-skip-tls-verify"].flag(),
        authority_file=_absolute(node["certificate-authority"].text(), folder),
        authority_data=node["certificate-authority-data"].data(),
        proxy_url=node["proxy-url"].secret(),
        compression=not node["disable-compression"].flag(),
        exec_config=_exec_config(node["extensions"]),
    )


def _exec_config(extensions: Node) -> Any:
    for extension in extensions.items():
        if extension["name"].text() == EXEC_EXTENSION:
            content = extension["extension"]
            try:
                json.dumps(content.value, allow_nan=False)
            except (TypeError, ValueError, RecursionError):
                raise content.fault("holds what JSON cannot (a date, binary data, or itself)") from None
            return content.value
    return None


def _user(node: Node, folder: str) -> User:
    return User(
        node=node,
        token=node["token"].secret(),
        token_file=_absolute(node["tokenFile"].text(), folder),
        username=node["username"].text(),
        password=node["password"].secret(),
        certificate_file=_absolute(node["client-certificate"].text(), folder),
        certificate_data=node["client-certificate-data"].data(),
        key_file=_absolute(node["client-key"].text(), folder),
        key_data=Sensitive(node["client-key-data"].data().data.decode("latin-1")),
        impersonation=_impersonation(node),
        auth_provider=node["auth-provider"]["name"].text(),
        plugin=None if node["exec"].value is None else _exec(node["exec"], folder),
    )


def _impersonation(node: Node) -> Impersonation:
    return Impersonation(
        user=node["as"].text(),
        uid=node["as-uid"].text(),
        groups=node["as-groups"].texts(),
        extra={name: values.texts() for name, values in node["as-user-extra"].entries()},
    )


def _exec(node: Node, folder: str) -> ExecSpec:
    command, api_version = node["command"].text(), node["apiVersion"].text()
    return ExecSpec(
        node=node,
        # A bare name is looked up in PATH; only one with a slash is a path beside the file.
        command=_absolute(command, folder) if "/" in command else command,
        arguments=node["args"].texts(),
        variables=tuple((item["name"].text(), item["value"].text()) for item in node["env"].items()),
        api_version=api_version,
        interactive_mode=node["interactiveMode"].text() or _ASSUMED_INTERACTIVE.get(api_version, ""),
        install_hint=node["installHint"].text(),
        provide_cluster_info=node["provideClusterInfo"].flag(),
    )


def _context(node: Node) -> Context:
    return Context(node, node["cluster"].text(), node["user"].text(), node["namespace"].text())


def _absolute(path: str, folder: str) -> str:
    return posixpath.normpath(posixpath.join(folder, path)) if path and not path.startswith("/") else path
