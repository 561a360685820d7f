"""What tells of no failed pull, or names no cause: where to look instead. Texts, and no logic."""

from typing import Final

from pullsecret.core.catalogue import links
from pullsecret.core.catalogue.model import CatalogueEntry, Mend, Word
from pullsecret.core.causes import Cause

_APART: Final = "The image is not the matter here; a failed pull says `ErrImagePull` or `ImagePullBackOff`."
_POD: tuple[Word, ...] = ("{pod}", "-n", "{namespace}")
_DESCRIBE: Final = Mend("Look at the Pod's events", ("kubectl", "describe", "pod", *_POD))
_NODES: Final = Mend("Look at what the nodes have left", ("kubectl", "describe", "nodes"))
_PULL: Final = Mend("Pull it on the node, to see it at first hand", ("crictl", "pull", "{image}"))
_RUNTIME_LOGS: Final = Mend(
    "Read the runtime's logs on the node", ("journalctl", "-u", "containerd", "-n", "200")
)


def _entry(title: str, meaning: str, check: str, *mends: Mend, apart: str = _APART) -> CatalogueEntry:
    return CatalogueEntry(Cause.UNKNOWN, title, meaning, apart, (check,), mends, (links.IMAGES, links.CRICTL))


ENTRIES: Final = {
    "container-stops": _entry(
        "The container does not start, or does not keep running",
        "The image is on the node: its program was started, or should have been, and ended. "
        "Its output and its exit code tell why; 137 and OOMKilled are the memory limit.",
        "What did the container print last, and with which exit code did it end?",
        Mend("Read what it printed before it ended", ("kubectl", "logs", *_POD, "--previous")),
        _DESCRIBE,
    ),
    "container-config": _entry(
        "The container's configuration cannot be made",
        "The container names a Secret, a ConfigMap or a key that is not there, or a user that the image does not allow. "
        "The event beside it names which.",
        "Are the Secrets and ConfigMaps that the containers take values from in the Pod's namespace?",
        _DESCRIBE,
        Mend("See which ones are there", ("kubectl", "get", "secrets,configmaps", "-n", "{namespace}")),
    ),
    "container-create": _entry(
        "The runtime cannot create the container",
        "The image is on the node, and the runtime refused to make a container of it. "
        "Often its command, a mount or a name that is still in use is wrong; the event beside it names which.",
        "What does the event beside it say?",
        _DESCRIBE,
        _RUNTIME_LOGS,
    ),
    "scheduling": _entry(
        "The Pod has no node",
        "The scheduler finds no node that has room for the Pod and fits its rules. "
        "Images are pulled only once a Pod has a node.",
        "What does the Pod request, and what is left on the nodes? Do taints, selectors or volumes keep it away?",
        _DESCRIBE,
        _NODES,
    ),
    "volumes": _entry(
        "A volume cannot be mounted",
        "The kubelet mounts the Pod's volumes before it pulls anything, and one of them fails. "
        "The event names the volume, and what it lacks.",
        "Is the Secret, ConfigMap or claim of that volume there, and in the Pod's namespace?",
        _DESCRIBE,
        Mend("See what the volumes are made of", ("kubectl", "get", "pvc,secrets,configmaps", "-n", "{namespace}")),
    ),
    "probes": _entry(
        "A probe of a running container fails",
        "The container runs, and does not answer its probe. "
        "Errors of connections in it are those to the container, not to a registry.",
        "Does the program listen at the port of the probe, and in time?",
        Mend("Read what the container prints", ("kubectl", "logs", *_POD)),
        _DESCRIBE,
    ),
    "sandbox": _entry(
        "The Pod's sandbox cannot be made",
        "Before any image is pulled, the node makes the Pod's network and namespaces, and that failed. "
        "The network plugin (CNI) or the runtime's configuration is the matter.",
        "Do the Pods of the network plugin run on this node?",
        _DESCRIBE,
        _RUNTIME_LOGS,
    ),
    "evicted": _entry(
        "The Pod was evicted",
        "The node ran short of something and ended the Pod. "
        "The Pod's status says what was short.",
        "What was the node short of: memory, disk, process ids?",
        _DESCRIBE,
        _NODES,
    ),
    "refused-by-api": _entry(
        "The API server refused the Pod",
        "A quota, a policy or a webhook kept the Pod from being created. "
        "There is no Pod that could pull anything yet.",
        "Which quota, policy or webhook does the message name?",
        Mend("Look at the workload's events", ("kubectl", "get", "events", "-n", "{namespace}")),
    ),
    "kubectl": _entry(
        "kubectl was refused, or did not reach the cluster",
        "That is about you and the cluster's API server. "
        "It tells nothing of images or of registries.",
        "Which cluster does your kubeconfig name, and does your login for it still hold?",
        Mend("See whom kubectl asks", ("kubectl", "cluster-info")),
    ),
    "bare-pull": _entry(
        "The word names no cause",
        "`ErrImagePull` says that a pull failed, and `ImagePullBackOff` that the kubelet waits before the next one. "
        "Why it failed stands in another event of the Pod, which is kept for an hour.",
        "What does the event `Failed to pull image …` say?",
        Mend("Have all evidence gathered, and the registry asked", ("pullsecret", "doctor", "-n", "{namespace}", "pod/{pod}")),
        _DESCRIBE,
        _PULL,
        apart="Every cause of a failed pull shows as this.",
    ),
    "bare-state": _entry(
        "The word names no cause",
        "It is a state that a Pod passes through for many reasons, of which a pull is but one. "
        "The Pod's events say what it waits for.",
        "What do the Pod's last events say?",
        _DESCRIBE,
        Mend("If it waits for an image, have the evidence gathered", ("pullsecret", "doctor", "-n", "{namespace}", "pod/{pod}")),
        apart="A failed pull says `ErrImagePull` or `ImagePullBackOff`.",
    ),
    "runtime-down": _entry(
        "The node's container runtime does not answer",
        "The kubelet, or crictl, reaches its runtime by a socket on the node, and nobody answers there. "
        "No registry was asked.",
        "Does the runtime run, and at the socket that the kubelet is set to use?",
        Mend("See whether it runs, on the node", ("systemctl", "status", "containerd", "crio", "docker", "cri-docker")),
        _RUNTIME_LOGS,
        apart="Other than `connection-refused`, the connection is one inside of the node.",
    ),
    "runtime-slow": _entry(
        "The node's container runtime did not answer in time",
        "The kubelet asked its runtime whether the image is there, and got no answer in time. "
        "The runtime is overloaded, hangs, or waits for a slow disk; no registry was asked.",
        "How busy are the node's disk and processors?",
        Mend("Ask the runtime on the node", ("crictl", "images")),
        _RUNTIME_LOGS,
        apart="Other than `pull-canceled`, nothing was being pulled yet.",
    ),
    "runtime-version": _entry(
        "The runtime does not speak this version of CRI",
        "The kubelet, or crictl, asked by a version of the Container Runtime Interface that the runtime does not have, or "
        "has switched off. Both must be brought to versions that fit; no registry was asked.",
        "Is `cri` among disabled_plugins in /etc/containerd/config.toml? Which versions do kubelet and runtime have?",
        Mend("See which versions they speak, on the node", ("crictl", "version")),
        Mend("Bring the runtime up to date, or take cri out of disabled_plugins, and restart it"),
        apart="Other than `connection-refused`, the runtime does answer.",
    ),
}  # fmt: skip
"""By the name of their sentence (`explain.words.NOTES`)."""
