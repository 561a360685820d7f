"""`explain_text` and `explain_objects`: each different failure in what kubectl prints, explained once."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from pullsecret.core.catalogue import Fix
from pullsecret.core.causes import Cause
from pullsecret.core.errors import InvalidImageReference
from pullsecret.core.explain.explanation import Explanation, explain
from pullsecret.core.explain.records import PULL_REASONS, Record, records_of
from pullsecret.core.images import ImageReference
from pullsecret.core.plaintext import printable
from pullsecret.core.reading import Node
from pullsecret.core.redaction import redacted

TEXT_MAX = 4 << 20
"""Characters of a text that are read."""

RECORDS_MAX = 20_000
LINE_MAX = 1_000

_STATUSES = {
    "initContainerStatuses": "initContainers",
    "containerStatuses": "containers",
    "ephemeralContainerStatuses": "ephemeralContainers",
}


@dataclass(frozen=True, slots=True)
class Explained:
    """One failure that a text tells of.

    Attributes:
        explanation: what it means.
        line: the record that tells it best, on one line, without credentials.
        number: the line of the text where it begins, from 1; 0 where the text is JSON.
        pods: the Pods that it is told of, with their namespaces where these are known.
        times: how many records tell it.
    """

    explanation: Explanation
    line: str
    number: int = 0
    pods: tuple[str, ...] = ()
    times: int = 1

    def fixes(self) -> tuple[Fix, ...]:
        """Give what mends it, with the names of the first Pod in the commands."""
        namespace, _, pod = self.pods[0].rpartition("/") if self.pods else ("", "", "")
        return self.explanation.fixes(namespace=namespace, pod=pod)


def explain_text(text: str) -> list[Explained]:
    """Explain each different failure in a text once.

    Args:
        text: what `kubectl describe pod` or `kubectl get events` printed, in any format but YAML, lines of
            a log, or one message.

    Returns:
        The failures, in the order in which they stand there; empty where events tell of no failed pull. A
        text in which nothing is known is one failure, of cause `Cause.UNKNOWN`.
    """
    text = text[:TEXT_MAX]
    if text.lstrip()[:1] in {"{", "["}:
        objects = _objects_in(text)
        if objects:
            return explain_objects(objects)
    return _explained(records_of(text))


def explain_objects(objects: Iterable[Any]) -> list[Explained]:
    """Explain each different failure that Events and Pods tell of once; Lists of them are gone through."""
    return _explained(record for node in map(_lenient, objects) for record in _records_in(node))


def _objects_in(text: str) -> list[Any]:
    """Read objects of the API; none where the text is no JSON, or other JSON."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return []
    values = value if isinstance(value, list) else [value]
    return [value for value in values if isinstance(value, dict) and "kind" in value]


def _lenient(value: Any) -> Node:
    return Node(value, lenient=True)


def _records_in(node: Node) -> Iterator[Record]:
    kind = node.at("kind").text()
    if kind.endswith("List"):
        for item in node.at("items").items():
            # Items of a typed list may leave their kind out.
            value = {"kind": kind.removesuffix("List"), **item.mapping()}
            yield from _records_in(_lenient(value))
    elif kind == "Event":
        yield from _in_event(node)
    elif kind == "Pod":
        yield from _in_pod(node)


def _in_event(node: Node) -> Iterator[Record]:
    reason, message = node.at("reason").text(), node.at("message").text() or node.at("note").text()
    about = node.at("involvedObject") if node.at("involvedObject").value else node.at("regarding")
    record = Record(f"{reason}  {message}", 0, _qualified(about))
    if reason in PULL_REASONS and record.is_about_images:
        yield record


def _in_pod(node: Node) -> Iterator[Record]:
    pod = _qualified(node.at("metadata"))
    for statuses, containers in _STATUSES.items():
        images = {
            item.at("name").text(): item.at("image").text() for item in node.at("spec", containers).items()
        }
        for status in node.at("status", statuses).items():
            waiting = status.at("state", "waiting")
            reason, message = waiting.at("reason").text(), waiting.at("message").text()
            if reason in PULL_REASONS:
                image = images.get(status.at("name").text()) or status.at("image").text()
                yield Record(f'{reason}  {message}\n\nimage="{image}"', 0, pod)


def _qualified(node: Node) -> str:
    namespace, name = node.at("namespace").text(), node.at("name").text()
    return f"{namespace}/{name}" if namespace and name else name


def _explained(records: Iterable[Record]) -> list[Explained]:
    """Explain records, the same failure once."""
    cached = lru_cache(maxsize=256)(explain)
    found: dict[Key, Explained] = {}
    for record, _ in zip(records, range(RECORDS_MAX), strict=False):
        explanation = cached(record.text)
        if explanation.cause is Cause.UNKNOWN and not explanation.source and not record.whole:
            continue
        key = _key(explanation)
        found[key] = _joined(found.get(key), explanation, record)
    failures = list(found.values())
    return [each for each in failures if not _is_shadow(each, failures)]


Key = tuple[Cause, str, tuple[str, ...]]


def _is_shadow(each: Explained, failures: Iterable[Explained]) -> bool:
    """Whether a failure only repeats others: a bare reason without an image, a mere back-off."""
    cause, about, _ = _key(each.explanation)
    is_mere = cause is Cause.UNKNOWN
    others = [
        other
        for other in failures
        if (other.explanation.cause is not cause if is_mere else other.explanation.cause is cause)
        and _key(other.explanation)[1]
    ]
    if about:
        return is_mere and any(_key(other.explanation)[1] == about for other in others)
    pods = {pod for other in others for pod in other.pods}
    return bool(others) and pods.issuperset(each.pods)


def _key(explanation: Explanation) -> Key:
    """Tell failures apart: by cause, by what it is about, and by the Secrets that are named."""
    image = explanation.image
    try:
        about = str(ImageReference.parse(image))
    except InvalidImageReference:
        about = image or explanation.registry
    return explanation.cause, about, explanation.secrets


def _joined(before: Explained | None, explanation: Explanation, record: Record) -> Explained:
    pod = printable(record.pod)
    if before is None:
        return Explained(explanation, line_of(record.text), record.number, (pod,) if pod else ())
    pods = dict.fromkeys((*before.pods, pod) if pod else before.pods)
    line = line_of(record.text)
    told = replace(before, pods=tuple(pods), times=before.times + 1)
    # The longer one says more: a state is a word, and the event that tells of it a sentence.
    return replace(told, line=line, number=record.number) if len(line) > 2 * len(before.line) else told


def line_of(text: str) -> str:
    """Give a text on one line, without credentials and what a terminal would obey, cut where it is long."""
    line = printable(" ".join(redacted(text, 4 * LINE_MAX).split()))
    return line if len(line) <= LINE_MAX else f"{line[: LINE_MAX - 1]}…"
