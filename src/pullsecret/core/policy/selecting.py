"""Which namespaces a policy means: by name, by pattern, by label. All parts must hold."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
"""Of label selectors."""

_PATTERN = re.compile(r"([-a-z0-9*?]|\[!?[-a-z0-9]+\])+")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One of a label selector's `matchExpressions`, as the API server reads it.

    Attributes:
        operator: one of `OPERATORS`.
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

    @property
    def named(self) -> tuple[str, ...] | None:
        """The namespaces that can be meant, where each is named; None where patterns choose."""
        if any(is_glob(pattern) for pattern in self.include):
            return None
        return tuple(name for name in dict.fromkeys(self.include) if not _any_fits(self.exclude, name))

    def unfit(self, names: Collection[str]) -> tuple[str, ...]:
        """Give the patterns that none of these names fits."""
        globs = (pattern for pattern in dict.fromkeys(self.include) if is_glob(pattern))
        return tuple(pattern for pattern in globs if not any(_any_fits((pattern,), n) for n in names))

    def chooses(self, name: str, labels: Mapping[str, str]) -> bool:
        """Tell whether this namespace is meant."""
        return (
            _any_fits(self.include, name)
            and not _any_fits(self.exclude, name)
            and self.selector.holds(labels)
        )


def is_pattern(text: str) -> bool:
    """Tell whether text is a namespace's name or a pattern of them; what else it may be fits none."""
    return _PATTERN.fullmatch(text) is not None


def is_glob(pattern: str) -> bool:
    """Tell whether a pattern is more than a name."""
    return not set(pattern).isdisjoint("*?[")


def _any_fits(patterns: tuple[str, ...], name: str) -> bool:
    return any(pattern in ("*", name) or fnmatchcase(name, pattern) for pattern in patterns)
