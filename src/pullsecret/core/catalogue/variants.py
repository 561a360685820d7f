"""Kinds of a cause that are mended in ways of their own, told apart by a message's words. Texts, and no logic.

The cause stays what it is: these are what `explain` tells in place of the cause's own entry.
"""

from typing import Final

from pullsecret.core.catalogue import elsewhere, links
from pullsecret.core.catalogue.model import CatalogueEntry, Mend
from pullsecret.core.causes import Cause

_SEE = Mend("See the certificate that is shown, on the node", ("curl", "-vI", "{endpoint}/v2/"))
_LOOK_UP = Mend("Look the name up on the node", ("getent", "hosts", "{host}"))
_ASK = Mend("Ask the registry on the node itself", ("curl", "-sv", "{endpoint}/v2/"))


def _certificate(title: str, meaning: str, checks: tuple[str, ...], mend: str) -> CatalogueEntry:
    return CatalogueEntry(
        Cause.TLS_INVALID_CERTIFICATE,
        title,
        meaning,
        "Other than `tls-unknown-authority`, the authority that signed it is not the point.",
        checks,
        (_SEE, Mend(mend)),
        (links.INSECURE, links.HOSTS_TOML),
    )


def _protocol(title: str, meaning: str, mends: tuple[Mend, ...]) -> CatalogueEntry:
    return CatalogueEntry(
        Cause.HTTP_HTTPS_MISMATCH,
        title,
        meaning,
        "Other than `connection-refused`, something does listen there; no certificate was looked at.",
        (
            "Which protocol does the registry speak at that port?",
            "What do hosts.toml, registries.conf or insecure-registries on the node say?",
        ),
        mends,
        (links.HOSTS_TOML, links.INSECURE, links.REGISTRIES_CONF),
    )


def _name(title: str, meaning: str, checks: tuple[str, ...], mends: tuple[Mend, ...]) -> CatalogueEntry:
    return CatalogueEntry(
        Cause.DNS_FAILURE,
        title,
        meaning,
        "It is the node's resolver, not the cluster's. Other than `network-timeout`, no connection was tried.",
        checks,
        (_LOOK_UP, *mends),
        (links.DNS, links.HOSTS_TOML),
    )


_CERTIFICATES: Final = {
    "certificate-expired": _certificate(
        "The registry's certificate has expired",
        "By the node's clock the certificate's last day is over. Nodes refuse it until there is a new one.",
        ("Until when is the certificate valid?", "Is the node's clock right? One that runs ahead finds good ones expired."),
        "Renew the certificate, and have the registry, or the ingress before it, load it",
    ),
    "certificate-name": _certificate(
        "The registry's certificate is for other names",
        "The certificate does not have the name by which the image calls the registry. "
        "It is another server's, an ingress' own default, or was made for another name of the registry.",
        ("Which names stand in the certificate? The message lists them.", "Is it the registry that answers at this name?"),
        "Name the registry in images as the certificate does, or renew it with this name among its subject alternative names",
    ),
    "certificate-address": _certificate(
        "The registry's certificate does not have its address",
        "The image calls the registry by its address, and that address does not stand in the certificate. "
        "A name that leads there does not help: the address itself must be among the IP SANs.",
        ("Is there a name for the registry that the certificate has?",),
        "Name the registry in images by the name in its certificate, or renew it with the address as IP SAN",
    ),
    "certificate-common-name": _certificate(
        "The registry's certificate has its name in the wrong place",
        "The certificate has the registry's name as common name only. "
        "Programs in Go, as all runtimes are, look at subject alternative names alone since 2021.",
        ("Does the certificate have subject alternative names (`openssl x509 -noout -ext subjectAltName`)?",),
        "Renew the certificate, with the name among its subject alternative names",
    ),
    "certificate-early": CatalogueEntry(
        Cause.NODE_CLOCK_SKEW,
        "The registry's certificate is not valid yet by the node's clock",
        "By the node's clock the certificate's first day has not come. "
        "Mostly the clock runs behind, after a boot without network or a resumed virtual machine; now and then the "
        "certificate was made by a machine that runs ahead.",
        "Other than `tls-invalid-certificate`, waiting would mend it; the message says which time the node takes for now.",
        ("What time is it on the node, and does it keep time (chronyd, systemd-timesyncd)?", "From when is the certificate valid?"),
        (Mend("See the node's clock", ("timedatectl", "status")),
         Mend("Set it, and keep it set by NTP", ("timedatectl", "set-ntp", "true")), _SEE),
    ),
}  # fmt: skip

_PROTOCOLS: Final = {
    "speaks-http": _protocol(
        "The registry speaks plain HTTP, and is asked by HTTPS",
        "The node began with TLS, and the registry answered in plain HTTP. "
        "Runtimes ask by HTTPS unless they are told otherwise, and by HTTP only on loopback.",
        (
            Mend("Ask it by plain HTTP on the node", ("curl", "-sv", "{endpoint}/v2/")),
            Mend("Have the registry speak HTTPS"),
            Mend('Or tell the nodes: server = "http://HOST" in /etc/containerd/certs.d/HOST/hosts.toml, '
                 "insecure = true in registries.conf, insecure-registries in daemon.json"),
            Mend("Check from here by plain HTTP", ("pullsecret", "verify", "{image}", ("-n", "{namespace}"), "--plain-http")),
        ),
    ),
    "speaks-https": _protocol(
        "The registry speaks HTTPS, and is asked by plain HTTP",
        "The node asked in plain HTTP, and something there expects TLS. "
        "The node is told to use HTTP for this registry or mirror, or the port is that of the other protocol.",
        (
            Mend("Ask it by HTTPS on the node", ("curl", "-sv", "{endpoint}/v2/")),
            Mend("Take the registry out of what the node asks by HTTP: http:// in hosts.toml, insecure in registries.conf, "
                 "insecure-registries in daemon.json; or mend the port"),
            Mend("Check from here by HTTPS", ("pullsecret", "verify", "{image}", ("-n", "{namespace}"))),
        ),
    ),
}  # fmt: skip

_NAMES: Final = {
    "dns-public": _name(
        "A public registry's name is not found",
        "The node could not look up the name of a registry that is there for everybody. "
        "The node has no way to the internet, or its name server does not answer or bars the name.",
        ("Does the node have a way to the internet at all, or only by a proxy?", "Does its name server answer (`/etc/resolv.conf`)?"),
        (
            _ASK,
            Mend("Give the node a name server that knows public names, or set the runtime's HTTPS_PROXY: the proxy then looks them up"),
            Mend("Without a way to the internet: have the nodes use a mirror (hosts.toml, registries.conf, registry-mirrors), or "
                 "push the image to a registry that they reach"),
        ),
    ),
    "dns-cluster-name": _name(
        "Only the cluster knows this name",
        "The registry is called by the name of a Service, which the cluster's own DNS alone knows. "
        "Images are pulled by the node's runtime, which asks the node's DNS.",
        ("Is there a name or an address of the registry outside of the cluster's DNS (Ingress, LoadBalancer, NodePort)?",),
        (Mend("Name the registry by what the nodes can look up, or teach the nodes this name (DNS, /etc/hosts, hosts.toml)"),),
    ),
    "dns-no-answer": _name(
        "The node's name server gave no answer",
        "The node asked its name server, and that did not answer, or only that it failed. "
        "Whether the name exists is not told by that.",
        ("Is the name server that the message names the right one (`/etc/resolv.conf`), and does it run?", "One node, or all?"),
        (Mend("Mend the node's name server, or the way to it (UDP and TCP 53)"),),
    ),
}  # fmt: skip

_LOOPBACK: Final = CatalogueEntry(
    Cause.CONNECTION_REFUSED,
    "localhost is the node itself",
    "The image calls its registry localhost, and to the node that is the node itself. "
    "Nothing listens there at this port, whatever listens on your machine.",
    "Other than `network-timeout`, there was an answer: no.",
    ("Where does the registry run, and how do the nodes reach it?",),
    (
        _ASK,
        Mend("Name the registry as the nodes reach it, or run it, or a proxy to it, on every node at this port"),
        Mend("On a test cluster: load the image into it (kind load docker-image, minikube image load, k3s ctr images import)"),
    ),
    (links.IMAGES,),
)  # fmt: skip

ENTRIES: Final = {
    **_CERTIFICATES,
    **_PROTOCOLS,
    **_NAMES,
    "refused-loopback": _LOOPBACK,
    **elsewhere.ENTRIES,
}
"""By the name of the kind, which is that of its sentence (`explain.words.NOTES`)."""
