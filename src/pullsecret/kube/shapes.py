"""Whether an answer has the shape of what was asked for: what is no Kubernetes API may say anything. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pullsecret.core.errors import ClusterUnreachable
from pullsecret.core.objects import Object
from pullsecret.core.reading import type_name

NO_API_HINT = (
    "is this the address of a Kubernetes API server, or does a proxy or login page answer in its place? "
    "check the server's address in the kubeconfig"
)


@dataclass(frozen=True, slots=True)
class Expected:
    """What should come, and from where; its methods raise `ClusterUnreachable` for anything else.

    Attributes:
        server: the API server's address.
        what: what was asked for, as a noun.
    """

    server: str
    what: str

    def one(self, value: object) -> Object:
        """Take one object of the API: each has metadata, and a refusal is none."""
        found = self._object(value, "{}")
        self.mapping(found, "metadata", needed=True)
        if found.get("kind") == "Status":
            raise self.fault("a Status")
        return found

    def mapping(self, holder: Object, key: str, *, needed: bool = False) -> Object:
        """Take an object inside another; an empty one where it may be missing and is."""
        if needed and key not in holder:
            raise self.fault(f"an object without {key!r}")
        if holder.get(key) is None and not needed:
            return {}
        return self._object(holder[key], f"an object with {key!r} that is {{}}")

    def sequence(self, holder: Object, key: str, *, needed: bool = False) -> Sequence[Any]:
        """Take a list inside an object; null is what Go makes of an empty one."""
        if needed and key not in holder:
            raise self.fault(f"an object without {key!r}")
        found = holder.get(key)
        if found is None:
            return ()
        if not isinstance(found, list):
            raise self.fault(f"an object with {key!r} that is {type_name(found)}")
        return found

    def objects(self, holder: Object, key: str, *, needed: bool = False) -> Sequence[Object]:
        """Take a list of objects inside an object."""
        found = self.sequence(holder, key, needed=needed)
        for item in found:
            self._object(item, f"an object with {key!r} that holds {{}}")
        return found

    def _object(self, value: object, words: str) -> Object:
        if not isinstance(value, dict):
            raise self.fault(words.format(type_name(value)))
        return value

    def fault(self, what: str) -> ClusterUnreachable:
        """Make the error for something else that came."""
        return ClusterUnreachable(
            f"{self.server} answered with {what}, where {self.what} was expected", hint=NO_API_HINT
        )
