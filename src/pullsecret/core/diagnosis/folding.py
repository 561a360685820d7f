"""Similar Pods as one finding: those of one owner, with one cause and one image."""

from collections.abc import Iterable
from dataclasses import dataclass

from pullsecret.core.diagnosis.model import Item


@dataclass(frozen=True, slots=True)
class Finding:
    """What a table shows as one.

    Attributes:
        item: the first of them.
        pods: the Pods that it stands for, each once.
        containers: their containers, each name once.
    """

    item: Item
    pods: tuple[str, ...]
    containers: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many Pods it stands for."""
        return len(self.pods)


def fold(items: Iterable[Item]) -> tuple[Finding, ...]:
    """Group items, in the order of the first of each group."""
    groups: dict[tuple[str, ...], list[Item]] = {}
    for item in items:
        owner = item.owner or f"pod/{item.pod}"
        groups.setdefault((item.namespace, owner, item.cause, item.image, item.confidence), []).append(item)
    return tuple(
        Finding(
            several[0],
            tuple(dict.fromkeys(item.pod for item in several)),
            tuple(dict.fromkeys(item.container for item in several)),
        )
        for several in groups.values()
    )
