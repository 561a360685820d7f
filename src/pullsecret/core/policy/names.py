"""The names that policies and their copies go by: kinds, labels, annotations, the finalizer."""

from hashlib import sha256

from pullsecret.core.objects import Kind

GROUP = "pullsecret.dev"
CLUSTER_PULL_SECRET = Kind(
    GROUP, "v1alpha1", "ClusterPullSecret", "clusterpullsecrets", namespaced=False, short_names=("cps",)
)
PULL_SECRET = Kind(GROUP, "v1alpha1", "PullSecret", "pullsecrets", short_names=("psec",))

MANAGED_BY = "app.kubernetes.io/managed-by"
"""Label of every copy; its value is `MANAGER`."""
MANAGER = "pullsecret"
POLICY_LABEL = "pullsecret.dev/policy"
"""Label of a copy: which policy keeps it, as `policy_label` writes it."""
POLICY_UID = "pullsecret.dev/policy-uid"
"""Annotation of a copy: the UID of the policy that keeps it. Only this makes a Secret ours."""
EXCLUDE = "pullsecret.dev/exclude"
"""Label or annotation of a namespace, ServiceAccount or Secret that is to be left as it is."""
ADOPT = "pullsecret.dev/adopt"
"""Annotation of a foreign Secret: the policy, as `KIND.NAME` or `NAME`, that may take it over."""
REGISTRY = "pullsecret.dev/registry"
"""Annotation of a `Basic` source: the host that its password may be sent to."""
ATTACHED = "pullsecret.dev/attached"
"""Annotation of a ServiceAccount: the names in its list that we put there, with commas between."""
FINALIZER = "pullsecret.dev/detach"
"""Finalizer of policies: copies are detached, then deleted, before the policy goes."""

LOCAL = "Sync"
"""In place of a kind in the label, where no policy was written: `sync --from`."""

_LABEL_LIMIT = 63


def policy_label(kind: str, name: str) -> str:
    """Give the label value that stands for a policy: ``ClusterPullSecret.harbor``.

    A label value holds 63 characters, an object's name alone may be as long: what is too long is cut, and
    ends in the start of the name's SHA-256 so that two long names stay apart.
    """
    value = f"{kind}.{name}"
    if len(value) <= _LABEL_LIMIT:
        return value
    tail = sha256(value.encode()).hexdigest()[:8]
    return f"{value[: _LABEL_LIMIT - len(tail) - 1].rstrip('.-')}-{tail}"


_LOCAL = "sync"


def local_uid(*words: str) -> str:
    """Give what stands for the UID of a policy that is in no cluster, made of words that do not change.

    A source's own UID would not do: the copies must stay ours when the source is deleted and made again.
    No UID of a cluster looks like it, so that it takes over nothing of an operator's.
    """
    return ":".join((_LOCAL, *words))


def is_local(uid: str) -> bool:
    """Tell whether that is what stands for a UID."""
    return uid.startswith(f"{_LOCAL}:")
