"""What the kubelet, the scheduler, the API server and kubectl say of other things than pulls.

Probes, volumes and networks of Pods meet the same errors as pulls do, on other ways: who says so first
decides. They have no source: an event or a log line about something else is no finding.

Source: kubelet, pkg/kubelet/events, pkg/kubelet/images/types.go, pkg/kubelet/container; kube-scheduler,
framework/types.go; kubectl, pkg/cmd/util/helpers.go.
"""

import re

from pullsecret.core.causes import Cause
from pullsecret.core.explain.message import Message
from pullsecret.core.explain.rules.rule import LIKELY, Rule

_OF_PULLS = re.compile(r"\bpull|ErrImage|ImagePull", re.IGNORECASE)


def _no_pull(message: Message) -> bool:
    return not _OF_PULLS.search(message.text)


def _else(note: str, *words: str, alone: bool = False) -> Rule:
    """Make a rule of what is no pull; words that may stand beside one count `alone`: where none is named."""
    return Rule("", Cause.UNKNOWN, LIKELY, words, when=_no_pull if alone else None, note=note)


RULES: tuple[Rule, ...] = (
    _else("probes", r".*\b(?:Liveness|Readiness|Startup) probe (?:failed|errored)"),
    _else("probes", r".*\bUnhealthy\b", r".*probe failed", alone=True),
    _else(
        "volumes",
        r".*\b(?:MountVolume|AttachVolume|UnmountVolume|WaitForAttach)\b",
        r".*Unable to attach or mount volumes",
        r".*Failed to attach volume",
    ),
    _else("volumes", r".*\bFailed(?:Mount|AttachVolume|MapVolume)\b", alone=True),
    _else("scheduling", r".*\d+/\d+ nodes are available"),
    _else(
        "scheduling",
        r".*\bFailedScheduling\b",
        r".*\bInsufficient (?:cpu|memory|ephemeral-storage|pods|[\w.-]+/[\w.-]+)",
        r".*\bUnschedulable\b",
        r".*had untolerated taint",
        alone=True,
    ),
    _else(
        "sandbox",
        r".*failed to set ?up (?:pod |sandbox )?network",
        r".*failed to set up sandbox container",
        r".*networkPlugin cni failed|.*plugin type=",
        r".*RuntimeHandler .* not supported",
        r".*no runtime for .* is configured",
    ),
    _else(
        "sandbox",
        r".*\bNetwork(?:Plugin)?NotReady\b",
        r".*network is not ready",
        r".*cni (?:config|plugin) (?:not |un)initialized",
        r".*Pod sandbox changed",
        alone=True,
    ),
    _else(
        "refused-by-api", r".*failed calling webhook", r".*admission webhook .* denied", r".*exceeded quota"
    ),
    _else("refused-by-api", r"Error creating\npods .* is forbidden", r".*\bFailedCreate\b", alone=True),
    _else(
        "kubectl",
        r"Unable to connect to the server",
        r"Error from server(?!.*(?:\n.*){0,2}waiting to start)",
        r".*must be logged in to the server",
        r"The connection to the server \S+ was refused",
        r".*couldn't get current server API group list",
    ),
    _else("refused-by-api", r".*Error (?:updating|creating|syncing) (?:Endpoint|load ?balancer)"),
    _else(
        "evicted",
        r".*low on resource\n(?:memory|pids)",
        r".*\bThe node had condition\b",
        r"(?:Reason\n)?Evicted\b",
        alone=True,
    ),
    _else(
        "container-config",
        r".*\bCreateContainerConfigError\b",
        r".*(?:secret|configmap)s? (?:<name> )?(?:\n<name>\n)?not found",
        r".*couldn't find key\b",
        r".*container has runAsNonRoot",
        alone=True,
    ),
    _else(
        "container-create", r".*\bCreateContainerError\b", r"\AError\ncontext deadline exceeded\Z", alone=True
    ),
    _else(
        "container-stops",
        r".*\bCrashLoopBackOff\b",
        r".*\bOOMKill(?:ed|ing)\b",
        r".*\b(?:RunContainerError|StartError|ContainerCannotRun|PostStartHookError|PreStopHookError)\b",
        r".*Back-off restarting failed",
        r".*OCI runtime (?:create|exec) failed",
        r".*failed to create (?:shim|containerd) task(?!.*(?:\n.*){0,9}no space left)",
        alone=True,
    ),
    _else(
        "bare-state",
        r"\A(?:Error\n)?(?:ContainerCreating|PodInitializing|Pending|Waiting|FailedCreatePodSandBox|FailedSync|Failed|BackOff"
        r"|Init:\d+/\d+|InspectFailed|ImageInspectError|Completed|Error|NotReady|ContainersNotReady|ProgressDeadlineExceeded)\Z",
    ),
)
