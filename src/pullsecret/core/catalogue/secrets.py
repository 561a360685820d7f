"""Causes that lie in the pull Secrets of a Pod: none, missing, unreadable, or for another registry."""

from pullsecret.core.catalogue import links
from pullsecret.core.catalogue.model import CatalogueEntry, Mend
from pullsecret.core.causes import Cause

_ATTACH = Mend(
    "Attach the Secret to the Pod's ServiceAccount, and have the Pods that lack it made again",
    ("pullsecret", "attach", "{secret}", ("-n", "{namespace}"), ("--serviceaccount", "{serviceaccount}"),
     "--restart-stuck"),
)  # fmt: skip
_CREATE = Mend(
    "Make a pull Secret from a login that is checked first, and attach it",
    ("pullsecret", "create", "{secret}", ("-n", "{namespace}"), "--registry", "{registry}", "--username",
     "{username}", "--attach", "{serviceaccount}"),
)  # fmt: skip
_ADD = Mend(
    "Add a login for the image's registry to the Secret, in place",
    ("pullsecret", "add", "{secret}", ("-n", "{namespace}"), "--registry", "{registry}", "--username",
     "{username}"),
)  # fmt: skip
_SHOW = Mend("See every fault in the Secret", ("pullsecret", "show", "{secret}", ("-n", "{namespace}")))
_MATCH = Mend(
    "See which credentials the kubelet would try for the image, and why near ones do not match",
    ("pullsecret", "match", "{image}", ("-n", "{namespace}"), ("--pod", "{pod}")),
)

ENTRIES: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        Cause.NO_PULL_SECRET,
        "The Pod has no pull Secret",
        "Neither the Pod nor its ServiceAccount names a pull Secret, so the kubelet asks the registry without a login. "
        "For a private image the registry refuses that.",
        "Other than `secret-missing`, no name is given at all; other than `pod-predates-attach`, the ServiceAccount "
        "names none even now. That the registry wants a login is `auth-missing` or `unauthorized` in the events.",
        (
            "Does `spec.imagePullSecrets` of the Pod, or of its ServiceAccount, name a Secret?",
            "Is the image private at all? Without a login a public one is given too.",
        ),
        (_ATTACH, _CREATE),
        (links.PRIVATE_REGISTRY, links.SERVICE_ACCOUNT),
    ),
    CatalogueEntry(
        Cause.POD_PREDATES_ATTACH,
        "The Pod is older than its ServiceAccount's Secret",
        "A Pod gets the pull Secrets of its ServiceAccount when it is admitted, once. This one was admitted before the "
        "Secret was attached, and will never have it.",
        "Other than `no-pull-secret`, the ServiceAccount names a Secret by now. A Pod whose own Secret came late recovers "
        "by itself at the next try; this one does not.",
        (
            "Compare the Pod's `spec.imagePullSecrets` with those of its ServiceAccount.",
            "Who makes the Pod again: a ReplicaSet, StatefulSet or DaemonSet does, and nobody a bare Pod.",
        ),
        (
            Mend(
                "Evict the Pods that lack the Secret, so that their controllers make them again",
                _ATTACH.command,
            ),
            Mend("Make the Pods of the workload again", ("kubectl", "rollout", "restart", "{workload}",
                                                         ("-n", "{namespace}"))),
        ),
        (links.SERVICE_ACCOUNT,),
    ),
    CatalogueEntry(
        Cause.SECRET_MISSING,
        "A pull Secret that the Pod names is not there",
        "The Pod names a pull Secret that does not exist in its own namespace, or that the kubelet could not get. "
        "The kubelet goes on without it, which is only a warning where the image needs no login.",
        "The event `FailedToRetrieveImagePullSecret` names the Secret. Other than `secret-wrong-type` and "
        "`secret-malformed`, there is nothing to read; that another namespace has one of that name does not help.",
        (
            "Is there a Secret of that name in the Pod's namespace? Secrets are per namespace.",
            "Is the name spelled as in the Pod's `imagePullSecrets`?",
        ),
        (
            Mend(
                "Copy it from a namespace that has it; the Pod then recovers by itself",
                ("pullsecret", "copy", "{secret}", "-n", "{source}", "--to", "{namespace}"),
            ),
            Mend(
                "Make it; the Pod then recovers by itself",
                ("pullsecret", "create", "{secret}", ("-n", "{namespace}"), "--registry", "{registry}", "--username",
                 "{username}"),
            ),
        ),
        (links.PRIVATE_REGISTRY, links.DOCKER_SECRETS),
    ),
    CatalogueEntry(
        Cause.SECRET_WRONG_TYPE,
        "The Secret is of a type that the kubelet passes over",
        "Only Secrets of type kubernetes.io/dockerconfigjson and kubernetes.io/dockercfg are read as pull Secrets. "
        "One of another type, or without the key that its type wants, is passed over in silence.",
        "No event tells it, other than of `secret-missing` and `secret-malformed`: the pull looks as if there were no "
        "Secret. Only the Secret itself shows it.",
        ("Look at the Secret's `type`, and whether `.dockerconfigjson` is among its keys.",),
        (
            _SHOW,
            Mend("Delete it, if nothing else uses it: a Secret's type cannot be changed",
                 ("kubectl", "delete", "secret", "{secret}", ("-n", "{namespace}"))),
            Mend("Then make it anew, of the right type",
                 ("pullsecret", "create", "{secret}", ("-n", "{namespace}"), "--registry", "{registry}", "--username",
                  "{username}")),
        ),
        (links.DOCKER_SECRETS,),
    ),
    CatalogueEntry(
        Cause.SECRET_MALFORMED,
        "A pull Secret cannot be read",
        "The docker config in one of the Pod's pull Secrets is broken: no JSON of the right shape, or an `auth` that is not "
        "base64 of user:password. The kubelet then uses none of the Pod's Secrets, not even the good ones beside it.",
        "The pull fails before any registry is asked: no status and no address stand in the message. The API server "
        "accepts such Secrets, so that they exist says nothing.",
        (
            "Decode the Secret and look at each `auths` entry; `auth` needs its base64 padding.",
            "Look at all Secrets of the Pod: one broken one spoils the others.",
        ),
        (
            _SHOW,
            Mend("Write it anew, in place",
                 ("pullsecret", "create", "{secret}", ("-n", "{namespace}"), "--replace", "--registry", "{registry}",
                  "--username", "{username}")),
        ),
        (links.DOCKER_SECRETS,),
    ),
    CatalogueEntry(
        Cause.SECRET_NO_CREDENTIAL,
        "The Secret only points to a credential store",
        "The Secret was made from a docker config of a machine that keeps its passwords in a credential store, so its entry "
        "is empty. The kubelet cannot ask that store, and has no credential.",
        "Other than `secret-malformed`, the kubelet accepts it; other than `secret-host-mismatch`, the entry's host is "
        "right. `credsStore` or `credHelpers`, or an entry without `auth`, give it away.",
        ("Decode the Secret: is there an `auth`, or a `password`, in the entry?",),
        (
            Mend("Add the saved login itself, fetched from the store",
                 ("pullsecret", "add", "{secret}", ("-n", "{namespace}"), "--from-docker-config", "--only",
                  "{registry}")),
            _ADD,
        ),
        (links.DOCKER_LOGIN, links.PRIVATE_REGISTRY),
    ),
    CatalogueEntry(
        Cause.SECRET_HOST_MISMATCH,
        "No entry of the Secrets is for this registry",
        "The Pod's Secrets hold credentials, but none whose key fits the image: the host, the port or the path differs. "
        "The kubelet then asks the registry without a login.",
        "Other than `secret-missing` and `secret-malformed`, all Secrets are there and readable; other than "
        "`credential-rejected`, no login was sent. A port in the image's name must stand in the key too.",
        (
            "Compare the keys under `auths` with the image's name, port and path included.",
            "Docker Hub's key is `https://index.docker.io/v1/`.",
        ),
        (_MATCH, _ADD),
        (links.IMAGES, links.PRIVATE_REGISTRY),
    ),
)  # fmt: skip
