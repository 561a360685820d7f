"""Causes that lie in the node: its disk, its store, its limits, its rules, its clock. And no cause at all."""

from pullsecret.core.catalogue import links
from pullsecret.core.catalogue.model import CatalogueEntry, Mend
from pullsecret.core.causes import Cause

_PULL = Mend("Pull it on the node, to see it at first hand", ("crictl", "pull", "{image}"))

ENTRIES: tuple[CatalogueEntry, ...] = (
    CatalogueEntry(
        Cause.DISK_FULL,
        "The node's disk is full",
        "There is no room on the node to store or unpack the image. "
        "The registry, the name and the login are not the point.",
        "Other than `unpack-failed`, the kernel says `no space left on device`. Inodes can run out too, with room left.",
        (
            "How full are /var/lib/containerd (/var/lib/containers, /var/lib/docker) and /var/lib/kubelet, inodes too?",
            "Does the kubelet's image collection run, and find anything to remove?",
        ),
        (
            Mend("See how full the disk is, on the node", ("df", "-h", "/var/lib/containerd")),
            Mend("Remove images that nothing uses, on the node", ("crictl", "rmi", "--prune")),
            Mend("Give the node a larger disk, or the image fewer and smaller layers"),
        ),
        (links.NODE_PRESSURE, links.CONTAINERD_GC),
    ),
    CatalogueEntry(
        Cause.UNPACK_FAILED,
        "The image cannot be unpacked",
        "The image was downloaded, and could not be stored or unpacked on the node. "
        "A layer is broken, the node's store is damaged, or the file system cannot hold what is in it.",
        "Other than `digest-mismatch`, the download was as it should be; other than `disk-full`, there is room. "
        "containerd ends some of these messages with `not found`, though nothing is missing at the registry.",
        (
            "Does it fail on this node only? Then it is its store or file system.",
            "On all? Then it is a layer: built by an unusual tool, or with user IDs that the node does not map.",
        ),
        (
            _PULL,
            Mend("Remove the image from the node and pull it again", ("crictl", "rmi", "{image}")),
            Mend("Build and push the image again, if all nodes fail"),
        ),
        (links.CRICTL, links.CONTAINERD_GC),
    ),
    CatalogueEntry(
        Cause.PULL_THROTTLED,
        "The kubelet holds back its pulls",
        "The kubelet limits how many pulls it starts per second, and more were asked for. "
        "It tries again by itself.",
        "`pull QPS exceeded` is the kubelet's own; a limit of the registry is `rate-limited`.",
        ("Do many Pods start on the node at once?",),
        (
            Mend("Wait: the kubelet tries again by itself"),
            Mend("Raise registryPullQPS and registryBurst in the kubelet's configuration"),
        ),
        (links.KUBELET,),
    ),
    CatalogueEntry(
        Cause.PULL_CANCELED,
        "The pull was given up",
        "The pull was ended before it was done: its time ran out, it made no progress, or the runtime was restarted. "
        "Large images over a slow line, or many pulls at once, do that.",
        "Other than `network-timeout`, no single request is named that failed. `context canceled` and "
        "`context deadline exceeded` alone are all that is told.",
        (
            "How large is the image, and how fast is the node's line?",
            "Was the runtime or the kubelet restarted at that time?",
        ),
        (
            _PULL,
            Mend("Raise the time that the runtime waits for progress (containerd: image_pull_progress_timeout; "
                 "CRI-O: pull_progress_timeout; cri-dockerd: --image-pull-progress-deadline)"),
            Mend("Pull fewer images at once (serializeImagePulls, maxParallelImagePulls)"),
        ),
        (links.CONTAINERD_CRI, links.KUBELET),
    ),
    CatalogueEntry(
        Cause.SIGNATURE_REJECTED,
        "The image's signature is not accepted",
        "The node has a policy that images must be signed, and this one is not, or not by a key that it accepts. "
        "The image itself may be fine.",
        "It is the node's own policy (policy.json); a registry that refuses unsigned images is `registry-blocked`. "
        "Admission controllers refuse the Pod, not the pull.",
        (
            "What does /etc/containers/policy.json (or ClusterImagePolicy) want for this registry?",
            "Is the image signed by that key, and are its signatures in the registry too?",
        ),
        (
            Mend("Sign the image as the policy wants it, with cosign or with a GPG key"),
            Mend("Or change the policy on the nodes"),
        ),
        (links.POLICY_JSON,),
    ),
    CatalogueEntry(
        Cause.NODE_CLOCK_SKEW,
        "The node's clock is wrong",
        "By the node's clock a certificate or token is not valid yet, though it is. "
        "The clock runs behind, often after a boot without network or a resumed virtual machine.",
        "Other than `tls-invalid-certificate`, the time that the message calls the current one is wrong.",
        ("What time is it on the node, and does it keep time (chronyd, systemd-timesyncd)?",),
        (
            Mend("See the node's clock", ("timedatectl", "status")),
            Mend("Set it, and keep it set by NTP", ("timedatectl", "set-ntp", "true")),
        ),
    ),
    CatalogueEntry(
        Cause.UNKNOWN,
        "The cause is not known",
        "The words name no cause that is known here, which is better than a guess. "
        "Other events of the Pod, or the node's logs, may tell more.",
        "A mere back-off tells nothing: the reason stands in another event, or in the status' message.",
        (
            "Look at all events of the Pod, and at the kubelet's and the runtime's logs on the node.",
        ),
        (
            Mend("Have all evidence gathered, and the registry asked",
                 ("pullsecret", "doctor", "pod/{pod}", ("-n", "{namespace}"))),
            Mend("Look at the Pod's events", ("kubectl", "describe", "pod", "{pod}", ("-n", "{namespace}"))),
            _PULL,
        ),
        (links.IMAGES, links.CRICTL),
    ),
)  # fmt: skip
