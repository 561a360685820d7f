"""The sandbox's one node, as the API shows it. No I/O here."""

from pullsecret.core.objects import Object

NODE_NAME = "sandbox-node"
HOST_IP = "192.0.2.1"
"""The node's address: one that is set aside for documents, and nobody's."""
KUBELET_VERSION = "v1.20.2"
"""The version whose words and ways the sandbox's kubelet has."""
HEALTH = {
    "MemoryPressure": ("False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    "Ready": ("True", "KubeletReady", "kubelet is posting ready status"),
}


def node_object(now: str) -> Object:
    """Make the node, ready since `now`."""
    resources = {"cpu": "2", "memory": "4Gi", "pods": "110", "ephemeral-storage": "20Gi"}
    return {
        "metadata": {
            "name": NODE_NAME,
            "labels": {
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/os": "linux",
                "kubernetes.io/hostname": NODE_NAME,
            },
        },
        "spec": {},
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": HOST_IP},
                {"type": "Hostname", "address": NODE_NAME},
            ],
            "capacity": resources,
            "allocatable": resources,
            "conditions": [
                {
                    "type": kind, "status": status, "reason": reason, "message": message,
                    "lastHeartbeatTime": now, "lastTransitionTime": now,
                }
                for kind, (status, reason, message) in HEALTH.items()
            ],
            "nodeInfo": {
                "architecture": "amd64", "operatingSystem": "linux", "osImage": "pullsecret sandbox",
                "kubeletVersion": KUBELET_VERSION, "kubeProxyVersion": KUBELET_VERSION,
                "containerRuntimeVersion": "containerd://1.6.20 (imitation)", "kernelVersion": "none",
                "machineID": "", "systemUUID": "", "bootID": "",
            },
        },
    }  # fmt: skip
