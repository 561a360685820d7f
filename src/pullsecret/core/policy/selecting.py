"""Which namespaces a policy means: by name, by pattern, by label. All parts must hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Requirement:
    """One of a label selector's `matchExpressions`, as the API server reads it.

    Attributes:
        operator: ``In``, ``NotIn``, ``Exists`` or ``DoesNotExist``.
    """

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Tell whether an object with these labels is chosen; `NotIn` also chooses one without the key."""
        if self.operator == "In":
            return labels.get(self.key) in self.values
        if self.operator == "NotIn":
            return labels.get(self.key) not in self.values
        return (self.key in labels) == (self.operator == "Exists")


@dataclass(frozen=True, slots=True)
class Selector:
    """A label selector; one without any part chooses everything."""

    labels: Mapping[str, str] = field(default_factory=dict)
    expressions: tuple[Requirement, ...] = ()

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Tell whether all its parts hold."""
        return all(labels.get(key) == value for key, value in self.labels.items()) and all(
            requirement.holds(labels) for requirement in self.expressions
        )


@dataclass(frozen=True, slots=True)
class Namespaces:
    """The namespaces of a policy.

    Attributes:
        include: names or patterns (``*``, ``?``, ``[a-c]``), of which one must fit.
        exclude: likewise, of which none may.
        selector: what their labels must be.
    """

    include: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    selector: Selector = field(default_factory=Selector)

    def chooses(self, name: str, labels: Mapping[str, str]) -> bool:
        """Tell whether this namespace is meant."""
        return (
            _any_fits(self.include, name)
            and not _any_fits(self.exclude, name)
            and self.selector.holds(labels)
        )


def _any_fits(patterns: tuple[str, ...], name: str) -> bool:
    return any(pattern in ("*", name) or fnmatchcase(name, pattern) for pattern in patterns)
