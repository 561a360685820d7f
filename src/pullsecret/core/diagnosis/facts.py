"""Pods read as cases: each container with its image, why it waits, and what the node last said of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pullsecret.core.diagnosis.changes import created_at
from pullsecret.core.diagnosis.model import Event, PodFacts, SecretKey
from pullsecret.core.errors import InvalidImageReference, InvalidInput
from pullsecret.core.images import ImageReference
from pullsecret.core.objects import Object, name_of, namespace_of
from pullsecret.core.reading import Node
from pullsecret.core.workloads import Workload, workloads_of

PULL_STATES = frozenset({
    "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError",
    "RegistryUnavailable", "SignatureValidationFailed",
})  # fmt: skip
"""Waiting reasons that tell of an image (kubelet, `pkg/kubelet/images/types.go`; CRI, `errors`)."""

STARTING = frozenset({"", "ContainerCreating", "PodInitializing"})
"""Waiting reasons behind which a failed pull may hide that only events tell of."""

SANDBOX = "sandbox"
SANDBOX_FAILED = "FailedCreatePodSandBox"

_STATUS_OF = {
    "init": "initContainerStatuses", "container": "containerStatuses",
    "ephemeral": "ephemeralContainerStatuses",
}  # fmt: skip
_FAILED = frozenset({"Failed", "InspectFailed", "ErrImageNeverPull"})
_ABOUT = re.compile(
    r'(?:Failed to pull|Back-off pulling|Pulling|Successfully pulled|Container) image "([^"]*)"'
)
_BACK_OFF = re.compile(r'Back-off pulling image "[^"]*"(?:: )?(?:ErrImagePull: )?')
_SANDBOX_IMAGE = re.compile(r'(?:sandbox|pull(?:ing)?|unpack) image \\?"([^"\\]+)\\?"')


@dataclass(frozen=True, slots=True)
class Failure:
    """What the node last said of a pull that failed; `count` is 0 when no event tells of it."""

    message: str = ""
    count: int = 0
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """One container (or image volume, or the node's own sandbox image) of one Pod.

    Attributes:
        view: the Pod's spec, as far as it matters for pulling.
        state: the waiting reason; empty when it does not wait.
        failing: whether its image is what it waits for.
        reference: its image; None when its name is none.
        pulled: whether an event tells that its image was fetched for it.
    """

    facts: PodFacts
    view: Workload
    container: str
    image: str
    role: str
    state: str
    running: bool
    failing: bool
    failure: Failure
    reference: ImageReference | None
    pulled: bool = False

    @property
    def namespace(self) -> str:
        """The Pod's namespace."""
        return namespace_of(self.facts.pod)

    @property
    def pod(self) -> str:
        """The Pod's name."""
        return name_of(self.facts.pod)

    @property
    def account(self) -> SecretKey:
        """The ServiceAccount that the Pod runs as."""
        return self.namespace, self.view.service_account

    @property
    def created(self) -> datetime | None:
        """When the Pod was made."""
        return created_at(self.facts.pod)

    @property
    def node(self) -> str:
        """The node that the Pod is bound to; empty for none."""
        return Node(self.facts.pod, lenient=True).at("spec", "nodeName").text()

    @property
    def never_pulls(self) -> bool:
        """Whether its policy forbids pulling."""
        spec = Node(self.facts.pod, lenient=True).at("spec")
        parts = (part for key in ("initContainers", "containers") for part in spec.at(key).items())
        return any(
            part.at("name").text() == self.container and part.at("imagePullPolicy").text() == "Never"
            for part in parts
        )


@dataclass(frozen=True, slots=True)
class _Status:
    reason: str = ""
    message: str = ""
    running: bool = False


def cases_of(facts: PodFacts) -> tuple[Case, ...]:
    """Read one Pod; none for one that has ended or is being deleted, or that cannot be read."""
    pod = {**facts.pod, "apiVersion": "v1", "kind": "Pod"}
    metadata, status = (Node(pod, lenient=True).at(name) for name in ("metadata", "status"))
    if status.at("phase").text() in ("Succeeded", "Failed") or metadata.at("deletionTimestamp").text():
        return ()
    try:
        views = workloads_of(pod)
    except InvalidInput:
        return ()
    return tuple(case for view in views for case in _cases(facts, view, _statuses(pod)))


def _cases(facts: PodFacts, view: Workload, statuses: Mapping[tuple[str, str], _Status]) -> Iterator[Case]:
    volumes = [part.image for part in view.containers if part.role == "volume"]
    for part in view.containers:
        if part.role == "volume":
            status = _blamed_on(part.image, statuses)
        else:
            status = statuses.get((part.role, part.name), _Status())
            if any(_quotes(status.message, image) for image in volumes if image != part.image):
                status = _Status()
        failure, pulled = _failure(facts.events, part.name, part.role, part.image, status)
        starting = status.reason in STARTING and not status.running
        yield Case(
            facts,
            view,
            part.name,
            part.image,
            part.role,
            status.reason,
            status.running,
            status.reason in PULL_STATES or (starting and bool(failure.message)),
            failure,
            reference_of(part.image),
            pulled,
        )
    yield from _sandbox(facts, view, any(status.running for status in statuses.values()))


def _blamed_on(image: str, statuses: Mapping[tuple[str, str], _Status]) -> _Status:
    """Give the status of a container that waits for this image volume: volumes have none of their own."""
    waiting = (s for s in statuses.values() if s.reason in PULL_STATES and _quotes(s.message, image))
    running = _Status(running=any(status.running for status in statuses.values()))
    return next(waiting, running)


def _sandbox(facts: PodFacts, view: Workload, running: bool) -> Iterator[Case]:
    """Tell of the image that the node needs for any Pod: only the runtime pulls it, without Pods' Secrets."""
    telling = [event for event in facts.events if event.reason in (SANDBOX_FAILED, "Pulling", "Created")]
    if running or not telling or telling[-1].reason != SANDBOX_FAILED:
        return
    last = telling[-1]
    found = _SANDBOX_IMAGE.search(last.message)
    if found:
        failure = Failure(last.message, last.count, last.last)
        image = found[1]
        yield Case(
            facts,
            view,
            container="",
            image=image,
            role=SANDBOX,
            state=SANDBOX_FAILED,
            running=False,
            failing=True,
            failure=failure,
            reference=reference_of(image),
        )


def _statuses(pod: Object) -> dict[tuple[str, str], _Status]:
    status = Node(pod, lenient=True).at("status")
    found = {}
    for role, key in _STATUS_OF.items():
        for item in status.at(key).items():
            state = item.at("state")
            waiting = state.at("waiting")
            running = isinstance(state.mapping().get("running"), dict)
            read = _Status(waiting.at("reason").text(), waiting.at("message").text(), running)
            found[role, item.at("name").text()] = read
    return found


def _failure(
    events: Sequence[Event], name: str, role: str, image: str, status: _Status
) -> tuple[Failure, bool]:
    """Find what was last said of the pull of one image, and whether it went well at any time."""
    last: Event | None = None
    pulled = False
    for event in events:
        if not _is_about(event, name, role, image):
            continue
        if event.reason == "Pulled":
            last, pulled = None, pulled or event.message.startswith("Successfully pulled")
        elif event.reason in _FAILED and not event.message.startswith("Error: "):
            last = event
    text = _BACK_OFF.sub("", status.message, count=1) if status.reason in PULL_STATES else ""
    if last is None:
        return Failure(text), pulled
    if text and text not in last.message:
        return Failure(text, 1, last.last), pulled
    return Failure(last.message, last.count, last.last), pulled


def _is_about(event: Event, name: str, role: str, image: str) -> bool:
    if quoted := _ABOUT.match(event.message):
        about = quoted[1] in (image, f"{image}:latest")
        return about and (role == "volume" or event.container in ("", name))
    if event.container:
        return event.container == name and role != "volume"
    return _quotes(event.message, image)


def _quotes(message: str, image: str) -> bool:
    return bool(image) and f'"{image}"' in message


def reference_of(image: str) -> ImageReference | None:
    """Read an image's name; None when it is none."""
    try:
        return ImageReference.parse(image)
    except InvalidImageReference:
        return None
