"""How the kubelet gets an image for a container: its policy, the keyring, the registry, the back-off.

Source: kubelet `images/image_manager.go` and `kuberuntime/kuberuntime_image.go`, version 1.20.
"""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from pullsecret.core.causes import Cause
from pullsecret.core.credentials import ANONYMOUS, Credential
from pullsecret.core.errors import InvalidImageReference, InvalidPullSecret, NotFound, RegistryFailure
from pullsecret.core.images import ImageReference
from pullsecret.core.keyring import Keyring
from pullsecret.core.manifests import INDEXES, Manifest
from pullsecret.core.objects import POD, SECRET, Object, namespace_of, uid_of
from pullsecret.core.pullsecrets import Secret
from pullsecret.sandbox import words
from pullsecret.sandbox.backoff import BackOff
from pullsecret.sandbox.keyringwords import keyring_refusal
from pullsecret.sandbox.pace import Pace
from pullsecret.sandbox.recorder import Recorder
from pullsecret.sandbox.store import Store


class Puller(Protocol):
    """Asks registries for manifests; `pullsecret.registry.RegistryClient` is one."""

    async def manifest(self, image: ImageReference, credential: Credential) -> Manifest:
        """Fetch what the image's tag or digest stands for; `RegistryFailure` when it cannot be had."""


NewPuller = Callable[[], AbstractAsyncContextManager[Puller]]
"""Makes a puller for one pull: it must not remember logins, since the kubelet tries each of them anew."""


class PullError(Exception):
    """A container cannot start for want of its image: `reason` and `message` of its waiting state."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason, self.message = reason, message


@dataclass(slots=True)
class ImageManager:
    """Gets images onto one node.

    Attributes:
        store: where Secrets are read.
        pace: tells and passes the time.
        recorder: tells what happens as Events.
        new_puller: makes the puller for one pull.
        platform: what the node runs: ``linux/amd64``.
        cache: the images on the node: digests by canonical reference.
    """

    store: Store
    pace: Pace
    recorder: Recorder
    new_puller: NewPuller
    platform: str = "linux/amd64"
    cache: dict[str, str] = field(default_factory=dict)
    _backoff: BackOff = field(default_factory=BackOff)

    async def ensure(self, pod: Object, container: dict[str, Any], place: str) -> str:
        """Get a container's image as its policy wants it; gives the image by digest.

        Raises:
            PullError: the container has to wait.
        """
        text, policy = container["image"], container.get("imagePullPolicy", "IfNotPresent")
        try:
            image = ImageReference.parse(text)
        except InvalidImageReference:
            message = words.invalid_name(text)
            self._tell(pod, "InspectFailed", message, place, warning=True)
            raise PullError("InvalidImageName", message) from None
        present = self.cache.get(words.canonical(image))
        if present and policy != "Always":
            self._tell(pod, "Pulled", f'Container image "{text}" already present on machine', place)
            return present
        if policy == "Never":
            message = f'Container image "{text}" is not present with pull policy of Never'
            self._tell(pod, "ErrImageNeverPull", message, place, warning=True)
            raise PullError("ErrImageNeverPull", message)
        return await self._pull_unless_waiting(pod, image, text, place)

    async def _pull_unless_waiting(self, pod: Object, image: ImageReference, text: str, place: str) -> str:
        key, start = f"{uid_of(pod)}_{text}", self.pace.seconds()
        if self._backoff.waiting(key, start):
            message = f'Back-off pulling image "{text}"'
            self._tell(pod, "BackOff", message, place)
            raise PullError("ImagePullBackOff", message)
        self._tell(pod, "Pulling", f'Pulling image "{text}"', place)
        try:
            digest = await self._pull(pod, image)
        except PullError as error:
            self._tell(pod, "Failed", f'Failed to pull image "{text}": {error.message}', place, warning=True)
            self._backoff.failed(key, self.pace.seconds())
            raise
        took = words.duration(self.pace.seconds() - start)
        self._tell(pod, "Pulled", f'Successfully pulled image "{text}" in {took}', place)
        self.cache[words.canonical(image)] = found = f"{image.repository}@{digest}"
        return found

    async def _pull(self, pod: Object, image: ImageReference) -> str:
        """Try every matching credential in order, or none if none matches; gives the image's digest."""
        failures = []
        async with self.new_puller() as puller:
            for credential in self._credentials(pod, image):
                try:
                    manifest = await puller.manifest(image, credential)
                    self._check_platform(image, manifest)
                except RegistryFailure as failure:
                    failures.append(words.pull_failure(image, failure))
                else:
                    return manifest.digest
        raise PullError("ErrImagePull", words.several(failures))

    def _credentials(self, pod: Object, image: ImageReference) -> list[Credential]:
        secrets = list(self._secrets(pod))
        try:
            found = Keyring.from_secrets(secrets).lookup(image.repository)
        except InvalidPullSecret:
            raise PullError("ErrImagePull", _first_refusal(secrets)) from None
        # Of an entry the kubelet hands user name and password on, and nothing else.
        return [Credential(one.username, one.password, origin=one.origin) for one in found] or [ANONYMOUS]

    def _secrets(self, pod: Object) -> Iterable[Secret]:
        """Give the Pod's pull Secrets; one that is missing is passed over (1.20 tells nobody)."""
        namespace = namespace_of(pod)
        for reference in pod["spec"].get("imagePullSecrets", ()):
            try:
                yield Secret.from_manifest(self.store.get(SECRET, reference.get("name", ""), namespace))
            except NotFound:
                continue

    def _check_platform(self, image: ImageReference, manifest: Manifest) -> None:
        """Refuse an index without this node's platform; a single image is taken as it is."""
        if manifest.media_type in INDEXES and self.platform not in manifest.platforms:
            cause = Cause.PLATFORM_MISMATCH
            raise RegistryFailure("no match for platform", cause=cause, host=image.registry, status=200)

    def _tell(self, pod: Object, reason: str, message: str, place: str, *, warning: bool = False) -> None:
        self.recorder.tell(POD, pod, reason, message, warning=warning, place=place)


def _first_refusal(secrets: Iterable[Secret]) -> str:
    for secret in secrets:
        try:
            Keyring.from_secrets([secret])
        except InvalidPullSecret:
            return keyring_refusal(secret)
    return ""
