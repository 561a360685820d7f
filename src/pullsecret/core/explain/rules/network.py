"""What Go's network and HTTP packages say; containerd, CRI-O and Docker are all written in it.

Source: Go, net/dial.go, net/dnsclient_unix.go, net/http/transport.go.
"""

import re
from http import HTTPStatus

from pullsecret.core.causes import Cause
from pullsecret.core.explain import hosts
from pullsecret.core.explain.message import Message
from pullsecret.core.explain.rules.rule import CERTAIN, LIKELY, POSSIBLE, Rule

_PHRASES = "|".join(status.phrase for status in HTTPStatus if status >= 300 and status not in {401, 429})
_REQUEST = r"(?:.* )?(?:Get|Head|Post|Put) <url>\S*"
_DIAL = r"(?:.* )?dial (?:tcp|udp)\d? .*\n(?:connect(?:ex)?\n)?"

RUNTIME_DOWN: tuple[Rule, ...] = (
    # A socket of this node: whatever is wrong, it is not the registry that cannot be reached.
    Rule(
        "kubelet",
        Cause.UNKNOWN,
        LIKELY,
        (
            r".*\bdial unix\b",
            r".*Cannot connect to the Docker daemon",
            r".*(?:container )?runtime is (?:down|not ready)",
        ),
        note="runtime-down",
    ),
    Rule(
        "kubelet",
        Cause.UNKNOWN,
        LIKELY,
        (
            r".*Failed to inspect image\b.*\n(?:.*\n){0,6}.*context deadline exceeded",
            r".*ImageInspectError\n(?:.*\n){0,6}.*context deadline exceeded",
        ),
        note="runtime-slow",
    ),
    Rule("kubelet", Cause.UNKNOWN, LIKELY, (r"unknown service runtime\.v1",), note="runtime-version"),
)

PROXY: tuple[Rule, ...] = (
    Rule(
        "Go net/http",
        Cause.PROXY_FAILURE,
        CERTAIN,
        (
            r"(?:.* )?proxyconnect (?:tcp|unix)",
            r"(?:.* )?socks connect tcp",
            r".*Proxy Authentication Required",
            r"(?:http|proxy)\n(?:invalid proxy|unknown scheme)",
            r"invalid proxy URL",
        ),
    ),
    # Go gives the bare phrase of what a proxy answered to CONNECT; of a registry's answer the number too.
    Rule(
        "Go net/http",
        Cause.PROXY_FAILURE,
        LIKELY,
        (rf"{_REQUEST}\n(?-i:{_PHRASES})(?:$|\n|,)",),
        (Cause.REGISTRY_BLOCKED, Cause.CREDENTIAL_FORBIDDEN),
    ),
)

_LOOKUP = r"lookup \S+(?: on \S+)?\n(?!.*(?:operation was canceled|context canceled))"
_NOT_FOUND = (
    _LOOKUP,
    r".*\bno such host\b",
    r".*Temporary failure in name resolution",
    r".*Could not resolve host",
    r".*Name or service not known",
    r".*server misbehaving",
)


_PUBLIC = frozenset({hosts.DOCKER_HUB, hosts.GHCR, hosts.PUBLIC, hosts.QUAY, hosts.RED_HAT})
_PUBLIC_HOSTS = frozenset({"gcr.io", "public.ecr.aws", "registry.gitlab.com"})


def _is_of_a_cluster(message: Message) -> bool:
    return re.search(r"\.svc(?:\.[\w.-]+)?(?::\d+)?\Z|\.cluster\.local(?::\d+)?\Z", message.host) is not None


def _is_public(message: Message) -> bool:
    """Whether everybody can look it up; those in a cloud may have addresses of its private network only."""
    return hosts.registry_of(message.host) in _PUBLIC or message.host in _PUBLIC_HOSTS


NAMES: tuple[Rule, ...] = (
    Rule("Go net", Cause.DNS_FAILURE, CERTAIN, _NOT_FOUND, when=_is_of_a_cluster, note="dns-cluster-name"),
    Rule("Go net", Cause.DNS_FAILURE, CERTAIN, _NOT_FOUND, when=_is_public, note="dns-public"),
    Rule(
        "Go net",
        Cause.DNS_FAILURE,
        CERTAIN,
        (
            rf"{_LOOKUP}(?:read|dial|write) udp",
            rf"{_LOOKUP}(?:i/o timeout|server misbehaving)",
            r".*Temporary failure in name resolution",
        ),
        note="dns-no-answer",
    ),
    Rule("Go net", Cause.DNS_FAILURE, CERTAIN, _NOT_FOUND),
)

_REFUSED = (
    r"(?:.*\n)?connection refused",
    r".*\bactively refused it",
    r".*connect\w*: connection refused",
)

UNREACHABLE: tuple[Rule, ...] = (
    Rule(
        "Go net",
        Cause.CONNECTION_REFUSED,
        CERTAIN,
        _REFUSED,
        when=lambda message: bool(re.match(r"(?:localhost|127\.[\d.]+|\[::1\])(?::|\Z)", message.host)),
        note="refused-loopback",
    ),
    Rule(
        "Go net",
        Cause.CONNECTION_REFUSED,
        CERTAIN,
        _REFUSED,
    ),
    Rule(
        "Go net",
        Cause.NETWORK_TIMEOUT,
        CERTAIN,
        (
            rf"{_DIAL}(?:i/o timeout|(?:connection|operation) timed out|.*failed to respond)",
            rf"{_DIAL}(?:no route to host|network is (?:unreachable|down)|host is (?:unreachable|down))",
            rf"{_DIAL}(?:cannot assign requested address|connection reset by peer|operation not permitted)",
        ),
    ),
    Rule(
        "Go net",
        Cause.NETWORK_TIMEOUT,
        LIKELY,
        (
            r"(?:.* )?i/o timeout",
            r"(?:.*\n)?no route to host",
            r"network is (?:unreachable|down)",
            r"connection reset by peer",
            r"TLS handshake timeout",
            r".*Client\.Timeout",
            r".*timeout awaiting",
            r"(?:.*)?connection timed out",
            r"operation timed out",
            r".*request canceled while waiting for connection",
            r"broken pipe",
            r".*forcibly closed by the remote host",
            r".*use of closed network connection",
            r".*http2: (?:client connection|server sent GOAWAY)",
            r"(?:client connection lost|server sent GOAWAY)",
            r".*unable to ping registry endpoint",
            r".*(?:did not properly respond after|established connection failed)",
            r"network timed out",
            r".*TLS handshake.*timed? ?out",
        ),
        (Cause.PROXY_FAILURE,),
    ),
    Rule(
        "Go net/http",
        Cause.NETWORK_TIMEOUT,
        LIKELY,
        (rf"{_REQUEST}\n(?:net/http\n)?context deadline exceeded",),
        (Cause.PROXY_FAILURE, Cause.PULL_CANCELED),
    ),
)

BROKEN_OFF: tuple[Rule, ...] = (
    Rule(
        "Go net/http",
        Cause.NETWORK_TIMEOUT,
        POSSIBLE,
        (
            rf"{_REQUEST}\n(?:unexpected )?EOF\b",
            r"unexpected EOF\b",
            r"EOF$",
            r".*stream error\b",
            r".*server closed (?:idle )?connection",
            r"short read\n",
            r".*transport connection broken(?!\nmalformed)",
            r".*unexpected end of (?:stream|file)",
        ),
        (Cause.REGISTRY_ERROR, Cause.PROXY_FAILURE),
        lambda message: not message.status,
    ),
    Rule(
        "Go crypto/tls",
        Cause.REGISTRY_ERROR,
        POSSIBLE,
        (
            r"remote error\ntls\n",
            r"tls\n",
        ),
        (Cause.PROXY_FAILURE, Cause.TLS_INVALID_CERTIFICATE, Cause.HTTP_HTTPS_MISMATCH),
    ),
)
