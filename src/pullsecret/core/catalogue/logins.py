"""Causes that lie in a login, as registries answer it."""

from pullsecret.core.catalogue import links
from pullsecret.core.catalogue.model import CatalogueEntry, Mend
from pullsecret.core.causes import Cause

_RENEW = Mend(
    "Put a password that works into the Secret; Pods that name it recover by themselves",
    ("pullsecret", "rotate", "{secret}", ("-n", "{namespace}"), "--registry", "{registry}", "--username", "{username}"),
)  # fmt: skip
_MATCH = Mend(
    "See which credentials the kubelet would try for the image",
    ("pullsecret", "match", "{image}", ("-n", "{namespace}"), ("--pod", "{pod}")),
)
_VERIFY = Mend(
    "Ask the registry for the image with the Secret, as the kubelet would",
    ("pullsecret", "verify", "{image}", ("-n", "{namespace}"), ("--secret", "{secret}")),
)
_DOCTOR = Mend(
    "Have all evidence gathered, and the registry asked with each credential",
    ("pullsecret", "doctor", "pod/{pod}", ("-n", "{namespace}")),
)

ENTRIES: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        Cause.CREDENTIAL_REJECTED,
        "The registry rejects the login",
        "A user name and password were sent, and the registry or its token service does not know them. "
        "They are mistyped, changed or revoked, or belong to another registry.",
        "Other than `auth-missing`, a login was sent; other than `credential-forbidden`, the account itself is refused, "
        "whatever the image. A token whose time is over is `credential-expired`, where the registry says so.",
        (
            "Try the login by hand; names of robot accounts often have a prefix (`robot$`).",
            "Was the password rotated, or the account locked after too many tries?",
            "Some registries want a token in place of the password once two-factor login is on.",
        ),
        (_VERIFY, _RENEW),
        (links.PRIVATE_REGISTRY, links.HARBOR_ROBOTS, links.AZURE),
    ),
    CatalogueEntry(
        Cause.CREDENTIAL_EXPIRED,
        "The credential has expired",
        "The credential was good, but only for a time: ECR's tokens last 12 hours, others minutes. "
        "Whoever put it into the Secret has to renew it in time.",
        "Other than `credential-rejected`, the registry says that it expired, or the token itself tells its end. "
        "A certificate that has expired is `tls-invalid-certificate`.",
        (
            "When was the Secret written, and how long does such a token last?",
            "Does the job or operator that renews it still run?",
        ),
        (
            Mend("See when the Secret's credentials expire", ("pullsecret", "show", "{secret}", ("-n", "{namespace}"))),
            _RENEW,
        ),
        (links.ECR, links.CREDENTIAL_PROVIDER),
    ),
    CatalogueEntry(
        Cause.CREDENTIAL_FORBIDDEN,
        "The account may not pull this image",
        "The registry knows the account, but does not let it pull from this repository. "
        "A role, a membership or a scope of the token is missing.",
        "Other than `credential-rejected`, the login is good elsewhere. Where the registry will not say whether the image "
        "exists, it is `denied-or-missing`; where it refuses everybody, `registry-blocked`.",
        (
            "Which account was it? The kubelet may have used another credential than you think.",
            "May that account pull from this very repository (ECR and Google name the permission they miss)?",
        ),
        (_MATCH, Mend("Have the account given the right to pull there"), _RENEW),
        (links.GOOGLE, links.ECR, links.HARBOR_ROBOTS),
    ),
    CatalogueEntry(
        Cause.AUTH_MISSING,
        "No login was sent",
        "The registry asks for a login, and the node sent none. "
        "No pull Secret of the Pod, and no credential of the node, fits this image.",
        "The message says so itself: no basic auth credentials, an anonymous token. What lies behind it is "
        "`no-pull-secret`, `secret-missing`, `secret-wrong-type`, `secret-no-credential`, `secret-host-mismatch` or "
        "`pod-predates-attach`; `doctor` tells which.",
        (
            "Which Secrets does the Pod name, and does one hold this very host (and port)?",
            "Was the Pod made before its ServiceAccount got the Secret?",
        ),
        (
            _DOCTOR,
            _MATCH,
            Mend("Make a pull Secret for the registry, and attach it",
                 ("pullsecret", "create", "{secret}", ("-n", "{namespace}"), "--registry", "{registry}", "--username",
                  "{username}", "--attach", "{serviceaccount}")),
        ),
        (links.PRIVATE_REGISTRY, links.SERVICE_ACCOUNT),
    ),
    CatalogueEntry(
        Cause.UNAUTHORIZED,
        "The registry answered 401",
        "The registry wants a login that it accepts. "
        "From the message alone it cannot be told whether none was sent or a wrong one.",
        "It is `auth-missing` where the message says that nothing was sent, and `credential-rejected` where a token service "
        "refused a login. One 401 proves nothing: the kubelet may not have had the Secret yet at its first try.",
        (
            "Does it fail again, or only the first time?",
            "Which credential fits the image, and does the registry take it?",
        ),
        (_DOCTOR, _MATCH, _VERIFY),
        (links.PRIVATE_REGISTRY, links.TOKEN_SPEC),
    ),
    CatalogueEntry(
        Cause.DENIED_OR_MISSING,
        "Denied, or not there: the registry does not tell",
        "The registry does not give the image, and tells nobody whether a repository exists that he may not see. "
        "Its name is wrong, or it is private and the login is missing, wrong or without the right.",
        "It is `image-not-found` where the registry says that the tag is unknown, and `credential-forbidden` where it names "
        "the right that is missing. Asking with and without a credential settles most cases.",
        (
            "Is the repository spelled right, with its registry? Without one it is Docker Hub's.",
            "Is it private? Then: which login was sent?",
        ),
        (_DOCTOR, _VERIFY, _MATCH),
        (links.IMAGES, links.PRIVATE_REGISTRY),
    ),
    CatalogueEntry(
        Cause.CREDENTIAL_PROVIDER_FAILED,
        "The node's credential plugin failed",
        "The kubelet asks a plugin on the node for credentials of this registry, and the plugin failed. "
        "The pull then goes on without them, and is refused.",
        "It stands in the kubelet's log rather than in events, where the refusal looks like `auth-missing` or "
        "`unauthorized`. Pull Secrets have no part in it, and may be used in its place.",
        (
            "Read the kubelet's log on the node for what the plugin printed.",
            "Is the plugin there, executable and built for the node? May the node's role get tokens?",
        ),
        (
            Mend("Read the kubelet's log on the node", ("journalctl", "-u", "kubelet", "--since", "-1h")),
            Mend("Mend the plugin's configuration (--image-credential-provider-config)"),
        ),
        (links.CREDENTIAL_PROVIDER, links.ECR),
    ),
)  # fmt: skip
