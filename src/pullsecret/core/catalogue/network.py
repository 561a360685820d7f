"""Causes that lie on the way to the registry: names, connections, certificates, proxies."""

from pullsecret.core.catalogue import links
from pullsecret.core.catalogue.model import CatalogueEntry, Mend
from pullsecret.core.causes import Cause

_VERIFY = Mend("Try it from here, for comparison", ("pullsecret", "verify", "{image}", ("-n", "{namespace}")))
_CERTIFICATE = Mend("See the certificate that is shown, on the node", ("curl", "-vI", "{endpoint}/v2/"))
_ON_NODE = Mend("Ask the registry on the node itself", ("curl", "-sv", "{endpoint}/v2/"))

ENTRIES: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        Cause.TLS_UNKNOWN_AUTHORITY,
        "The node does not trust the registry's CA",
        "The registry's certificate is signed by an authority that the node does not know. "
        "It is a CA of your own, a self-signed certificate, or a proxy that breaks TLS open.",
        "Other than `tls-invalid-certificate`, the certificate may be right in all else. For a public registry it means "
        "that somebody between answers in its place.",
        (
            "Who signed the certificate that the node sees?",
            "Is the CA on every node, in the place where its runtime looks?",
        ),
        (
            _CERTIFICATE,
            Mend("Put the CA on every node: /etc/containerd/certs.d/HOST/ca.crt, or /etc/docker/certs.d/HOST/ca.crt; "
                 "for CRI-O the system's trust store"),
            Mend("Check the registry from here with that CA",
                 ("pullsecret", "verify", "{image}", ("-n", "{namespace}"), "--registry-ca", "ca.crt")),
        ),
        (links.HOSTS_TOML, links.INSECURE),
    ),
    CatalogueEntry(
        Cause.TLS_INVALID_CERTIFICATE,
        "The registry's certificate is not valid",
        "The certificate has expired, or is for other names than the one that the image is called by. "
        "An address needs to stand in it as an address, and a common name alone no longer counts.",
        "Other than `tls-unknown-authority`, the authority is not the point. If the time in the message is wrong, it is "
        "`node-clock-skew`.",
        (
            "Which names and dates does the certificate have?",
            "Is the node's clock right?",
        ),
        (_CERTIFICATE, Mend("Renew it, with the name that images use among its subject alternative names")),
        (links.INSECURE, links.HOSTS_TOML),
    ),
    CatalogueEntry(
        Cause.HTTP_HTTPS_MISMATCH,
        "HTTP is spoken to HTTPS, or the reverse",
        "One side speaks plain HTTP, the other expects HTTPS. "
        "Runtimes ask by HTTPS unless they are told otherwise, and by HTTP only on loopback.",
        "Other than `connection-refused`, something does listen there; other than with the two other TLS causes, no "
        "certificate was ever looked at.",
        (
            "Which protocol does the registry speak at that port?",
            "What do hosts.toml, registries.conf or insecure-registries on the node say?",
        ),
        (
            Mend("Have the registry speak HTTPS"),
            Mend('Or tell the nodes: server = "http://HOST" in /etc/containerd/certs.d/HOST/hosts.toml, '
                 "insecure = true in registries.conf, insecure-registries in daemon.json"),
            Mend("Check from here by plain HTTP", ("pullsecret", "verify", "{image}", ("-n", "{namespace}"), "--plain-http")),
        ),
        (links.HOSTS_TOML, links.INSECURE, links.REGISTRIES_CONF),
    ),
    CatalogueEntry(
        Cause.DNS_FAILURE,
        "The registry's name is not found",
        "The node asked its DNS for the registry's name and got no address. "
        "The name is mistyped, known only inside the cluster or another network, or the name server does not answer.",
        "It is the node's resolver, not the cluster's: a Service's name is not known to it. Other than `network-timeout`, "
        "no connection to the registry was tried.",
        (
            "Is the name spelled right? Does it end in .svc or .local?",
            "Does the node resolve it (`/etc/resolv.conf`)? One node, or all?",
        ),
        (
            Mend("Look the name up on the node", ("getent", "hosts", "{host}")),
            Mend("Name the registry as the nodes know it, or teach their DNS the name"),
        ),
        (links.DNS,),
    ),
    CatalogueEntry(
        Cause.CONNECTION_REFUSED,
        "Nothing listens there",
        "The registry's machine was reached, and nothing accepts connections at that port. "
        "The registry is down, or the port is wrong, or `localhost` means the node and not your machine.",
        "Other than `network-timeout`, there was an answer: no. If it is the proxy that is refused, it is "
        "`proxy-failure`.",
        (
            "Is the registry running, and at this port?",
            "Does the image say localhost or 127.0.0.1? To the kubelet that is the node itself.",
        ),
        (_ON_NODE, Mend("Start the registry, or mend port or address in the image's name")),
        (links.IMAGES,),
    ),
    CatalogueEntry(
        Cause.NETWORK_TIMEOUT,
        "No connection, or a broken one",
        "The node got no connection to the registry in time, or the connection broke off. "
        "A firewall that drops packets, a missing route or proxy, or an overloaded line does that.",
        "Other than `connection-refused`, nobody said no; other than `dns-failure`, the name was found. Where the whole pull "
        "ran out of time, it is `pull-canceled`.",
        (
            "Can the node reach the registry, and the host that it sends downloads to?",
            "Is a proxy needed there, and is the runtime set to use it, not only docker or the shell?",
        ),
        (_ON_NODE, _VERIFY, Mend("Open the way: firewall, security group, route, or proxy of the node's runtime")),
        (links.CRICTL, links.GO_PROXY),
    ),
    CatalogueEntry(
        Cause.PROXY_FAILURE,
        "The proxy did not pass it on",
        "The node's runtime is set to use an HTTP proxy, and the proxy could not be reached or refused. "
        "The registry itself was not asked.",
        "`proxyconnect` says so; a bare phrase as `Forbidden` after the address too, since a registry's own refusal comes "
        "with its number. Other than `registry-blocked`, it is the proxy's rule.",
        (
            "Which HTTPS_PROXY and NO_PROXY has the runtime's service (`systemctl show containerd -p Environment`)?",
            "Does an internal registry lack in NO_PROXY? Does the proxy want a login?",
        ),
        (
            Mend("See what the runtime is set to", ("systemctl", "show", "containerd", "--property", "Environment")),
            Mend("Mend the proxy, or add the registry to NO_PROXY, and restart the runtime"),
        ),
        (links.GO_PROXY, links.DOCKER_PROXY),
    ),
)  # fmt: skip
