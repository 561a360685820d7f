"""Which proxy a request goes through: the rules of Go's `httpproxy`, which container runtimes follow.

Source: golang.org/x/net/http/httpproxy. aiohttp's own reading of the environment differs: it takes no CIDR in
`NO_PROXY`, asks proxies for loopback addresses, and looks at the process instead of what it is told.
"""

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from pullsecret.core.endpoints import is_loopback
from pullsecret.core.sensitive import Sensitive

_PORTS = {"http": 80, "https": 443}


def proxy_for(url: str, environment: Mapping[str, str]) -> Sensitive:
    """Give the proxy's address for a request, which may hold a password; empty for none.

    Args:
        url: what is asked for.
        environment: `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are read from it, also in lower case.
    """
    parts = urlsplit(url)
    proxy = _named(environment, "https_proxy" if parts.scheme == "https" else "http_proxy")
    # A CGI program's HTTP_PROXY comes from the header "Proxy" of whoever asked it.
    if parts.scheme == "http" and environment.get("REQUEST_METHOD"):
        proxy = ""
    host = (parts.hostname or "").rstrip(".")
    if not proxy or is_loopback(host):
        return Sensitive()
    port = parts.port or _PORTS.get(parts.scheme, 0)
    if any(_exempts(rule.strip().lower(), host, port) for rule in _named(environment, "no_proxy").split(",")):
        return Sensitive()
    return Sensitive(proxy if "://" in proxy else f"http://{proxy}")


def proxy_fault(proxy: Sensitive) -> str:
    """Say what is wrong with a proxy's address, without repeating it; empty when it can be used."""
    try:
        parts = urlsplit(proxy.reveal())
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        return "the proxy's address is none"
    return "" if parts.scheme in _PORTS else f"proxies of the kind {parts.scheme} are not supported"


def _named(environment: Mapping[str, str], name: str) -> str:
    return environment.get(name.upper(), "") or environment.get(name, "")


def _exempts(rule: str, host: str, port: int) -> bool:
    """Whether one entry of `NO_PROXY` names this host."""
    if rule == "*":
        return True
    if "/" in rule:
        return _in_network(rule, host)
    name, only_port = _split_port(rule)
    if not name or (only_port and only_port != str(port)):
        return False
    if (address := _address(name)) is not None:
        return address == _address(host)
    suffix = name.removeprefix("*")
    if suffix.startswith("."):
        return host.endswith(suffix)
    return host == name or host.endswith(f".{name}")


def _split_port(rule: str) -> tuple[str, str]:
    if _address(rule) is not None:
        return rule, ""
    name, colon, port = rule.rpartition(":")
    return (name, port) if colon and port.isdigit() else (rule, "")


def _in_network(rule: str, host: str) -> bool:
    address = _address(host)
    try:
        return address is not None and ip_address(address) in ip_network(rule, strict=False)
    except ValueError:
        return False


def _address(text: str) -> str | None:
    """Write an IP address in the one usual way; None when it is none."""
    try:
        return str(ip_address(text.strip("[]")))
    except ValueError:
        return None
