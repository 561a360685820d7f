"""Causes that lie in the registry, or in what stands for it: limits, faults, rules, mirrors."""

from pullsecret.core.catalogue import links
from pullsecret.core.catalogue.model import CatalogueEntry, Mend
from pullsecret.core.causes import Cause

_VERIFY = Mend("Ask the registry from here", ("pullsecret", "verify", "{image}", ("-n", "{namespace}")))

ENTRIES: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        Cause.RATE_LIMITED,
        "Too many pulls",
        "The registry limits how often one account or address pulls, and the limit is reached. "
        "Nodes behind one address share its limit as long as they pull without a login.",
        "The registry says 429 or TOOMANYREQUESTS. Other than `pull-throttled`, it is not the kubelet that holds back.",
        (
            "Is a login sent at all? Without one Docker Hub's limit is the lowest.",
            "Which Pods pull again and again (imagePullPolicy Always, crash loops)?",
        ),
        (
            Mend("Pull with a login of a higher limit",
                 ("pullsecret", "create", "{secret}", ("-n", "{namespace}"), "--registry", "{registry}", "--username",
                  "{username}", "--attach", "{serviceaccount}")),
            Mend("Pull through a cache of your own, which the nodes use as a mirror"),
            Mend("Wait: the kubelet tries again by itself"),
        ),
        (links.DOCKER_PULLS, links.MIRROR),
    ),
    CatalogueEntry(
        Cause.REGISTRY_ERROR,
        "The registry failed",
        "The registry, or something before it, answered with an error of its own, or with what is no registry's answer. "
        "The image and the login may both be good.",
        "Other than `network-timeout`, there was an answer, mostly a 5xx status; other than `proxy-failure`, it does not "
        "come from the node's proxy.",
        (
            "Do other images of the registry pull? Does its status page tell anything?",
            "What do its logs, and those of the ingress before it, say at that time?",
        ),
        (_VERIFY, Mend("Mend the registry, or wait: the kubelet tries again by itself")),
        (links.API_SPEC,),
    ),
    CatalogueEntry(
        Cause.REGISTRY_BLOCKED,
        "A rule forbids it, whoever asks",
        "The registry, or a firewall before it, refuses by a rule: by the caller's address or country, or by the state of "
        "the image (vulnerable, unsigned). CRI-O has such rules of its own, in registries.conf.",
        "Other than `credential-forbidden`, no other login would help. Status 403 from a registry that never asks for a "
        "login, 412 and 451, and pages of HTML are signs of it.",
        (
            "Is the node's public address, or its country, barred (registry.k8s.io, ACR's firewall)?",
            "Does the registry have a policy on vulnerabilities or signatures (Harbor)?",
        ),
        (
            _VERIFY,
            Mend("Have the registry's administrator allow it: the address, or the image"),
            Mend("Or pull through a mirror that is allowed to"),
        ),
        (links.KUBERNETES_REGISTRY, links.AZURE, links.REGISTRIES_CONF),
    ),
    CatalogueEntry(
        Cause.MIRROR_MISCONFIGURED,
        "The mirror does not answer as a registry",
        "The node is set to ask a mirror in place of the image's registry, and what answers there is not what it should be. "
        "Often it is a web page, because the address lacks a path or names a portal.",
        "The address in the message is not the image's registry, often with `?ns=`; or the media type is text/html. "
        "A mirror that is merely down is `connection-refused` or `registry-error`.",
        (
            "Which mirror has the node for this registry (/etc/containerd/certs.d, registries.conf, k3s registries.yaml)?",
            "Does its address answer `/v2/` as a registry does?",
        ),
        (
            Mend("Ask the mirror as the node does", ("curl", "-i", "{endpoint}/v2/")),
            Mend("Mend or remove the mirror on the nodes, in hosts.toml: server, host, override_path"),
        ),
        (links.HOSTS_TOML, links.REGISTRIES_CONF, links.MIRROR),
    ),
)  # fmt: skip
