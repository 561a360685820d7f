"""From kubeconfig files, or a Pod's own account, to one `ClusterConfig`: everything is read here, once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from pullsecret.core.errors import InvalidInput, UsageError
from pullsecret.kube.fields import Node
from pullsecret.kube.identity import identity_of, trust_of
from pullsecret.kube.incluster import in_cluster
from pullsecret.kube.kubeconfig import Cluster, Kubeconfig, merge, parse
from pullsecret.kube.proxies import proxy_from_environment, proxy_of
from pullsecret.kube.readfile import read_file, shown
from pullsecret.kube.selection import Selection, select
from pullsecret.kube.settings import ClusterConfig, Impersonation, Proxy

__all__ = ["ClusterConfig", "load"]


def load(
    environment: Mapping[str, str],
    *,
    kubeconfig: str | None = None,
    context: str | None = None,
    namespace: str | None = None,
    as_user: str | None = None,
    as_groups: Sequence[str] = (),
    request_timeout: float | None = None,
) -> ClusterConfig:
    """Find the cluster that is meant, as kubectl does.

    `kubeconfig` names the only file; else KUBECONFIG names several, which are merged and may be
    missing; else it is ``~/.kube/config``. Where these name no context, a Pod's own account counts.

    Args:
        environment: KUBECONFIG, HOME, proxies, what the kubelet sets in a Pod, and what exec plugins inherit.
        kubeconfig: `--kubeconfig`.
        context: `--context`; None or empty for the current one.
        namespace: `--namespace`; None or empty for the context's.
        as_user: `--as`.
        as_groups: `--as-group`.
        request_timeout: seconds one request may take; None for no limit.

    Raises:
        InvalidInput: a file is unreadable or wrong; names the file and the JSON path.
        UsageError: there is no cluster to speak to, or groups to act as without a user.
    """
    files, merged = _read_kubeconfigs(environment, kubeconfig)
    place = ", ".join(files) or "kubeconfig"
    config = None if context or merged.current_context else in_cluster(environment)
    if config is None:
        if not (files and (merged.contexts or merged.current_context)) and not context:
            raise _no_cluster(files)
        config = _of_selection(select(merged, context or "", file=place), environment, place)
    proxy = config.proxy or proxy_from_environment(config.server, environment)
    return replace(
        config,
        namespace=namespace or config.namespace,
        proxy=proxy,
        impersonation=_impersonation(config.impersonation, as_user, as_groups),
        request_timeout=request_timeout or None,
        options=_options(kubeconfig, context, as_user, as_groups),
    )


def _options(
    kubeconfig: str | None, context: str | None, user: str | None, groups: Sequence[str]
) -> tuple[str, ...]:
    given = [("--kubeconfig", kubeconfig), ("--context", context), ("--as", user)]
    given += [("--as-group", group) for group in groups]
    return tuple(part for name, value in given if value for part in (name, value))


def _read_kubeconfigs(environment: Mapping[str, str], explicit: str | None) -> tuple[list[str], Kubeconfig]:
    """Give the files that were found, as people write them, and what they hold together."""
    home = environment.get("HOME", "")
    if explicit:
        paths = [explicit]
    elif environment.get("KUBECONFIG"):
        paths = [path for path in dict.fromkeys(environment["KUBECONFIG"].split(":")) if path]
    else:
        paths = [f"{home}/.kube/config"] if home else []
    found = [path for path in paths if explicit or _exists(path)]
    files = [shown(path, home) for path in found]
    parsed = [
        parse(read_file(path, place=_flag(explicit)), file=file, folder=str(Path(path).absolute().parent))
        for path, file in zip(found, files, strict=True)
    ]
    return files, merge(parsed)


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):  # a folder that we may not look into, or a name with NUL: reading tells
        return True


def _flag(explicit: str | None) -> str:
    return "--kubeconfig" if explicit else "kubeconfig"


def _no_cluster(files: Sequence[str]) -> UsageError:
    found = f"{', '.join(files)} names no cluster" if files else "no kubeconfig was found"
    return UsageError(
        f"no cluster to speak to: {found}, and this is no Pod in one",
        hint="name a kubeconfig with KUBECONFIG or --kubeconfig; to just try: pullsecret sandbox up",
    )


def _of_selection(selection: Selection, environment: Mapping[str, str], place: str) -> ClusterConfig:
    cluster, user = selection.cluster, selection.user
    trust = trust_of(cluster)
    certificate = user is not None and bool(user.certificate_file or user.certificate_data.data)
    server = _server(cluster, secure=bool(trust.authorities) or trust.insecure or certificate)
    return ClusterConfig(
        server=server,
        namespace=selection.context.namespace or "default",
        context_name=selection.name,
        user_name=selection.context.user,
        source=place,
        trust=trust,
        proxy=_proxy(cluster),
        identity=identity_of(selection, server=server, environment=environment),
        impersonation=user.impersonation if user else Impersonation(),
        compression=cluster.compression,
    )


def _server(cluster: Cluster, *, secure: bool) -> str:
    """Make an address whole: a bare ``HOST:PORT`` is HTTPS only if something tells so (rest/url_utils.go)."""
    node = cluster.node["server"]
    if "@" in (cluster.server.partition("://")[2] or cluster.server).partition("/")[0]:
        raise node.fault("holds a user name or password, which is not read from there; put it in the user")
    text = cluster.server
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", text):
        text = f"{'https' if secure else 'http'}://{text}"
    try:
        parts = urlsplit(text)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise _no_address(node) from None
    if parts.scheme not in {"http", "https"} or not host or re.search(r"[\s\x00-\x1f\x7f]", text):
        raise _no_address(node)
    shown_host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown_host}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def _no_address(node: Node) -> InvalidInput:
    return node.fault("is no address of an API server", hint="write it as https://HOST:PORT")


def _proxy(cluster: Cluster) -> Proxy | None:
    node = cluster.node["proxy-url"]
    return proxy_of(cluster.proxy_url, place=node.place) if cluster.proxy_url else None


def _impersonation(own: Impersonation, user: str | None, groups: Sequence[str]) -> Impersonation:
    merged = replace(own, user=user or own.user, groups=tuple(groups) or own.groups)
    if not merged.user and (merged.uid or merged.groups or merged.extra):
        raise UsageError(
            "there are groups to act as, but no user to act as", hint="name the user too, with --as USER"
        )
    return merged
