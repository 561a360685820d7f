"""What a check is made from, and what it says: values, no rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from pullsecret.core.causes import Cause
from pullsecret.core.diagnosis.model import Confidence, Fix
from pullsecret.core.objects import Object
from pullsecret.core.reading import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands.

    Attributes:
        file: as it was named; ``-`` for standard input.
        document: which one of the file, from 1; 0 for the file as a whole.
        line: from 1; 0 where it is not known.
        template: what Helm says it was rendered from (``# Source:``); empty otherwise.
    """

    file: str
    document: int = 0
    line: int = 0
    template: str = ""

    def __str__(self) -> str:
        name = "standard input" if self.file == "-" else self.file
        return f"{name}:{self.line}" if self.line else name


@dataclass(frozen=True, slots=True)
class ManifestObject:
    """One Kubernetes object of a manifest, and where it stands.

    Attributes:
        lines: by `id()` of a mapping in it, the line of its image, or else its first one.
        fields: by `id()` of a mapping or list in it, the line of each thing in that; often not known.
    """

    obj: Object = field(repr=False)
    place: Place
    lines: Mapping[int, int] = field(default_factory=dict, repr=False, compare=False)
    fields: Mapping[int, Mapping[str | int, int]] = field(default_factory=dict, repr=False, compare=False)

    def place_at(self, path: Path) -> Place:
        """Tell where something in it stands, as near as is known."""
        value, line = self.obj, self.place.line
        for step in path:
            value = value[step]  # type: ignore[index]
            line = self.lines.get(id(value), line)
        return replace(self.place, line=line)

    def place_of_field(self, path: Path) -> Place:
        """Tell where a field stands; of one that is not there, where the nearest one around it does."""
        value: Any = self.obj
        line = self.place.line
        for step in path:
            line = self.fields.get(id(value), {}).get(step, line)
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                break
        return replace(self.place, line=line)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that cannot be read, and so was not checked."""

    place: Place
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class WorkloadRef:
    """A workload by name, in the namespace that it would be made in."""

    namespace: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind.lower()}/{self.name}"


@dataclass(frozen=True, slots=True)
class CheckItem:
    """One image that would not pull, or may not, and why: as `Item` of a diagnosis, but for a workload.

    Attributes:
        role: ``container``, ``init``, ``ephemeral`` or ``volume``.
        evidence: what proves it, a sentence each.
        alternatives: what else it might be.
    """

    workload: WorkloadRef
    container: str
    image: str
    cause: Cause
    confidence: Confidence
    summary: str
    place: Place
    role: str = "container"
    evidence: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    alternatives: tuple[Cause, ...] = ()


class Result(StrEnum):
    """What came out for one image. The values are stable."""

    PULLED = "pulled"
    """The registry gave it."""
    COVERED = "covered"
    """A credential covers it; whether the registry takes it was not asked."""
    ASSUMED_PUBLIC = "assumed-public"
    """No credential covers it, and its registry is one where that is usual; it was not asked."""
    NOT_PULLED = "not-pulled"
    """The node never pulls it: `imagePullPolicy` is `Never`."""
    UNKNOWN = "unknown"
    """It hangs on Secrets that could not be looked at."""
    NOT_ASKED = "not-asked"
    """The registry could not be asked from here."""
    MAY_FAIL = "may-fail"
    FAILS = "fails"


@dataclass(frozen=True, slots=True)
class Checked:
    """One image of one workload, and what came out.

    Attributes:
        because: why, one sentence.
        item: what is wrong; None where nothing is.
    """

    workload: WorkloadRef
    container: str
    role: str
    image: str
    place: Place
    result: Result
    because: str
    item: CheckItem | None = None


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Every image of the manifests, what could not be read, and what else is worth knowing.

    Attributes:
        remarks: about the manifests as a whole, a sentence each.
        denied: permissions that we lack, as ``get secrets in namespace web``.
    """

    checked: tuple[Checked, ...] = ()
    problems: tuple[Problem, ...] = ()
    remarks: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()

    @property
    def items(self) -> tuple[CheckItem, ...]:
        """What would not pull: certain, or likely."""
        return tuple(part.item for part in self.checked if part.item and part.result is Result.FAILS)

    @property
    def notes(self) -> tuple[CheckItem, ...]:
        """What may not pull, or could not be asked."""
        return tuple(part.item for part in self.checked if part.item and part.result is not Result.FAILS)
