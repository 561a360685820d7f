"""Similar Pods as one finding (of one owner, cause and image), and similar findings as one block."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pullsecret.core.diagnosis.facts import reference_of
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


@dataclass(frozen=True, slots=True)
class Block:
    """Findings of one cause at one registry, which differ in nothing but the names of who has them.

    Attributes:
        registry: empty where their images name none.
    """

    registry: str
    findings: tuple[Finding, ...]

    @property
    def item(self) -> Item:
        """The first one's first: what is told of it holds for all."""
        return self.findings[0].item


def blocks(findings: Iterable[Finding]) -> tuple[Block, ...]:
    """Group findings, in the order of the first of each group."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for finding in findings:
        item = finding.item
        key = (_registry(item), item.cause, item.confidence, _without_names(item), *_kinds_of_mends(item))
        groups.setdefault(key, []).append(finding)
    return tuple(Block(key[0], tuple(several)) for key, several in groups.items())


def _kinds_of_mends(item: Item) -> Iterator[str]:
    for fix in item.fixes:
        yield " ".join(fix.command.argv[:2]) if fix.command else ""


def _registry(item: Item) -> str:
    reference = reference_of(item.image)
    return reference.registry if reference else ""


def _without_names(item: Item) -> str:
    """Give a summary without what is the item's own: equal ones then say the same of others."""
    reference = reference_of(item.image)
    parts = (
        (str(reference), reference.repository, reference.path, f"tag {reference.tag}") if reference else ()
    )
    names = {item.image, *parts, item.pod, item.owner, item.namespace, item.container, item.service_account}
    text = item.summary
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = re.sub(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", "…", text)
    return text
