"""A snapshot made quick to ask: Secrets by list, ServiceAccounts, answers, meanings of messages."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pullsecret.core.attachment import secret_names
from pullsecret.core.causes import Cause
from pullsecret.core.challenge import secrets_of
from pullsecret.core.credentials import ANONYMOUS, Credential, Origin
from pullsecret.core.diagnosis.changes import created_at, last_change, moment
from pullsecret.core.diagnosis.facts import Case, reference_of
from pullsecret.core.diagnosis.model import Confidence, Probe, SecretKey, Snapshot
from pullsecret.core.diagnosis.rings import Ring, covers
from pullsecret.core.errors import VERDICTS, InvalidInput
from pullsecret.core.images import ImageReference
from pullsecret.core.pullsecrets import Secret
from pullsecret.core.redaction import redacted
from pullsecret.core.spellings import struck

if TYPE_CHECKING:
    from pullsecret.core.explain import Explanation


@dataclass(frozen=True, slots=True)
class Account:
    """A ServiceAccount: `known` is False where we could not look; `there` where it does not exist."""

    known: bool
    there: bool
    names: tuple[str, ...] = ()
    created: datetime | None = None
    changed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a registry said to one credential."""

    credential: Credential
    probe: Probe

    @property
    def works(self) -> bool:
        """Whether it gave the image."""
        return self.probe.cause is None

    @property
    def is_verdict(self) -> bool:
        """Whether the registry judged, rather than could not be reached or asked."""
        return self.probe.cause in VERDICTS


class Lookup:
    """Everything that rules ask of a snapshot; each answer is worked out once."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Start with nothing worked out."""
        self.snapshot = snapshot
        self._rings: dict[tuple[str, tuple[str, ...]], Ring] = {}
        self._accounts: dict[SecretKey, Account] = {}
        self._explained: dict[str, Explanation] = {}
        self._by_namespace: dict[str, list[Secret]] | None = None
        self._covering: dict[tuple[str, str], tuple[Secret, ...]] = {}
        self._doubtful: dict[str, bool] = {}
        self._answers: dict[str, list[Answer]] = {}
        for (image, credential), probe in snapshot.probes.items():
            self._answers.setdefault(image, []).append(Answer(credential, probe))

    def ring(self, namespace: str, names: tuple[str, ...]) -> Ring:
        """Resolve a list of Secret names."""
        key = namespace, names
        if key not in self._rings:
            self._rings[key] = Ring(namespace, names, self.snapshot)
        return self._rings[key]

    def own(self, case: Case) -> Ring:
        """Resolve the list that the Pod has."""
        return self.ring(case.namespace, case.view.secret_names)

    def inherits(self, case: Case) -> Ring:
        """Resolve the list of the Pod's ServiceAccount as it is now."""
        return self.ring(case.namespace, self.account(case).names)

    def account(self, case: Case) -> Account:
        """Read the Pod's ServiceAccount."""
        return self.account_of(case.account)

    def account_of(self, key: SecretKey) -> Account:
        """Read a ServiceAccount."""
        if key not in self._accounts:
            self._accounts[key] = self._read_account(key)
        return self._accounts[key]

    def _read_account(self, key: SecretKey) -> Account:
        account = self.snapshot.accounts.get(key)
        if account is None:
            known = key in self.snapshot.accounts and key not in self.snapshot.unreadable
            return Account(known, there=False)
        account = {**account, "apiVersion": "v1", "kind": "ServiceAccount"}
        try:
            names = secret_names(account)
        except InvalidInput:
            return Account(known=False, there=True)
        changed = last_change(account, "imagePullSecrets")
        return Account(known=True, there=True, names=names, created=created_at(account), changed=changed)

    def answer(self, reference: ImageReference, credential: Credential) -> Answer | None:
        """Give what the registry said to a credential; None when it was not asked."""
        probe = self.snapshot.probes.get((str(reference), credential))
        return None if probe is None else Answer(credential, probe)

    def answers(self, reference: ImageReference, credentials: Iterable[Credential]) -> list[Answer]:
        """Give what the registry said to several credentials, in their order."""
        asked = (self.answer(reference, credential) for credential in credentials)
        return [answer for answer in asked if answer is not None]

    def asked_with(self, reference: ImageReference) -> list[Answer]:
        """Give what the registry said of an image to anybody that it was asked as."""
        return self._answers.get(str(reference), [])

    def is_doubtful(self, image: str) -> bool:
        """Whether a registry refused an image, by its name in a Pod, to anybody that it was asked as."""
        if image not in self._doubtful:
            reference = reference_of(image)
            known = self.asked_with(reference) if reference else []
            self._doubtful[image] = any(answer.is_verdict for answer in known)
        return self._doubtful[image]

    def anonymous(self, reference: ImageReference) -> Answer | None:
        """Give what the registry said to nobody in particular."""
        return self.answer(reference, ANONYMOUS)

    def explained(self, case: Case) -> "Explanation":
        """Tell what the node's message means; `Cause.UNKNOWN` where it said nothing."""
        from pullsecret.core.explain import explain

        message = case.failure.message
        if message not in self._explained:
            self._explained[message] = explain(message)
        return self._explained[message]

    def said(self, case: Case) -> Cause:
        """Tell the cause that the node's message names."""
        return self.explained(case).cause

    def sure(self, case: Case) -> Confidence:
        """Tell how sure the message's cause is."""
        return Confidence(str(self.explained(case).confidence))

    def covering(self, namespace: str, repository: str) -> tuple[Secret, ...]:
        """Find the Secrets of a namespace that cover a repository, by name; whoever names them."""
        key = namespace, repository
        if key not in self._covering:
            found = (secret for secret in self._secrets_of(namespace) if covers(secret, repository))
            self._covering[key] = tuple(sorted(found, key=lambda secret: secret.name))
        return self._covering[key]

    def _secrets_of(self, namespace: str) -> list[Secret]:
        if self._by_namespace is None:
            self._by_namespace = {}
            for (owner, _), secret in self.snapshot.secrets.items():
                if secret is not None:
                    self._by_namespace.setdefault(owner, []).append(secret)
        return self._by_namespace.get(namespace, [])

    def written(self, secret: Secret) -> datetime | None:
        """Tell when a Secret was last written, or else made."""
        known = self.snapshot.changed.get((secret.namespace, secret.name))
        return known or moment(secret.created)

    def quoted(self, case: Case) -> str:
        """Give the node's own words, without anything secret that could stand in them."""
        known = (one for secret in self.own(case).there for one in _credentials_of(secret))
        secrets = [secret for credential in known for secret in secrets_of(credential)]
        text = _CHAIN.sub("", redacted(struck(" ".join(case.failure.message.split()), secrets)))
        # What went wrong stands at the end of Go's chains of errors.
        return text if len(text) <= QUOTED_MAX else f"{text[:QUOTED_START]}… …{text[-QUOTED_END:]}"


_CHAIN = re.compile(
    r'^(?:Failed to pull image "[^"]*": |rpc error: code = \w+ desc = |Error response from daemon: '
    r'|failed to pull and unpack image "[^"]*": |failed to resolve reference "[^"]*": )+(?=.)'
)
"""What kubelet, gRPC and containerd put before the failure itself, with the name of the image each time."""

QUOTED_MAX, QUOTED_START, QUOTED_END = 400, 80, 300


def _credentials_of(secret: Secret) -> list[Credential]:
    try:
        return [entry.credential(Origin()) for entry in secret.readable_config.entries.values()]
    except InvalidInput:
        return []
