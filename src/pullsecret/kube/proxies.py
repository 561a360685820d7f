"""Which proxy leads to the API server: `proxy-url`, or the environment as Go reads it.

Go's rules are golang.org/x/net/http/httpproxy: upper case before lower, `ALL_PROXY` is not read, loopback
never goes through a proxy of the environment, `NO_PROXY` takes hosts, domains, addresses and networks.
"""

import ipaddress
from collections.abc import Mapping
from urllib.parse import SplitResult, unquote, urlsplit

from pullsecret.core.errors import InvalidInput
from pullsecret.core.sensitive import Sensitive
from pullsecret.kube.settings import Proxy

_DEFAULT_PORTS = {"http": 80, "https": 443}


def proxy_of(address: Sensitive, *, place: str) -> Proxy:
    """Read a proxy's address, with its user and password if it has them.

    Raises:
        InvalidInput: it is no http or https address (socks5 is not spoken); its text is not repeated.
    """
    if address.reveal().startswith("socks"):
        raise InvalidInput(
            "socks proxies are not spoken, only http and https ones", place=place,
            hint="name an HTTP proxy; one that leads on to the socks proxy will do",
        )  # fmt: skip
    proxy = _parsed(address)
    if proxy is None:
        raise InvalidInput("is no address of a proxy", place=place, hint="write it as http://HOST:PORT")
    return proxy


def _parsed(address: Sensitive) -> Proxy | None:
    try:
        parts = urlsplit(address.reveal())
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return None
    shown = f"[{host}]" if ":" in host else host
    return Proxy(
        url=f"{parts.scheme}://{shown}:{port or _DEFAULT_PORTS[parts.scheme]}",
        username=unquote(parts.username or ""),
        password=Sensitive(unquote(parts.password or "")),
    )


def proxy_from_environment(server: str, environment: Mapping[str, str]) -> Proxy | None:
    """Find the proxy that the environment names for this address; None for the direct way."""
    target = urlsplit(server)
    names = ("HTTPS_PROXY", "https_proxy") if target.scheme == "https" else ("HTTP_PROXY", "http_proxy")
    name = next((name for name in names if environment.get(name)), "")
    exceptions = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    if not name or not _needs_proxy(target, exceptions):
        return None
    address = Sensitive(environment[name])
    whole = address if "://" in address.reveal() else Sensitive(f"http://{address.reveal()}")
    return proxy_of(whole, place=name)


def _needs_proxy(target: SplitResult, exceptions: str) -> bool:
    host = (target.hostname or "").rstrip(".")
    port = str(target.port or _DEFAULT_PORTS[target.scheme])
    address = _address(host)
    if host == "localhost" or (address and address.is_loopback):
        return False
    return not any(
        _excepted(entry.strip().lower(), host, port, address)
        for entry in exceptions.split(",")
        if entry.strip()
    )


def _excepted(entry: str, host: str, port: str, address: "_Address | None") -> bool:
    if entry == "*":
        return True
    if "/" in entry:
        return _in_network(entry, address)
    wanted, wanted_port = _host_and_port(entry)
    if wanted_port not in {"", port}:
        return False
    if wanted_address := _address(wanted):
        return wanted_address == address
    domain = wanted[1:] if wanted.startswith("*.") else wanted
    return host.endswith(domain if domain.startswith(".") else f".{domain}") or host == domain


def _in_network(entry: str, address: "_Address | None") -> bool:
    try:
        return address is not None and address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False


def _host_and_port(entry: str) -> tuple[str, str]:
    if entry.startswith("["):
        host, _, rest = entry[1:].partition("]")
        return host, rest.removeprefix(":")
    if entry.count(":") == 1:
        host, _, port = entry.partition(":")
        return host, port
    return entry, ""


_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _address(host: str) -> _Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
