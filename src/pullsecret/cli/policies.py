"""Policies that a person gives: in a file, or as the options of `sync`."""

from typing import TYPE_CHECKING

from pullsecret.cli.names import check_secret_name
from pullsecret.core.check.model import ManifestObject
from pullsecret.core.errors import InvalidInput, UsageError, joined_place
from pullsecret.core.objects import Object
from pullsecret.core.policy.model import Attach, DockerConfigSource, Policy, PolicyKey, SecretRef
from pullsecret.core.policy.names import CLUSTER_PULL_SECRET, LOCAL, PULL_SECRET, local_uid
from pullsecret.core.policy.reading import policy_of
from pullsecret.core.policy.selecting import Namespaces, is_pattern
from pullsecret.core.reading import path_of
from pullsecret.sources.manifests import Manifests, read_manifests

if TYPE_CHECKING:
    from pullsecret.cli.session import Session

_KINDS = (CLUSTER_PULL_SECRET.kind, PULL_SECRET.kind)


def policy_from_file(path: str, session: "Session") -> Policy:
    """Read the one policy of a file; its copies are known by its kind and name, not by the file's UID.

    A `PullSecret` that names no namespace is for that of `-n`, or of the context, as with kubectl.

    Raises:
        InvalidInput: it holds none, several, or one that is not sound; the place is file, line and JSON path.
        SourceError: it cannot be read.
    """
    found = _one(read_manifests([path], stdin=session.stdin, fields=True), path)
    obj = _as_written(found.obj)
    if obj["kind"] == PULL_SECRET.kind and not obj["metadata"].get("namespace"):
        obj["metadata"]["namespace"] = session.namespace
    try:
        policy = policy_of(obj)
    except InvalidInput as error:
        place = joined_place(str(found.place_of_field(path_of(error.place))), error.place)
        raise InvalidInput(
            error.message.removeprefix(f"{error.place}: "), place=place, hint=error.hint
        ) from error
    return _marked(policy)


def _one(manifests: Manifests, path: str) -> ManifestObject:
    for problem in manifests.problems:
        raise InvalidInput(problem.message, place=str(problem.place), hint=problem.hint)
    found = [each for each in manifests.objects if each.obj["kind"] in _KINDS]
    if len(found) == 1:
        return found[0]
    places = ", ".join(str(each.place) for each in found)
    raise InvalidInput(
        f"holds {len(found)} policies: {places}" if found else f"holds no {' or '.join(_KINDS)}",
        place=path,
        hint="give a file with one of them" if found else "docs/sync.md shows one",
    )


def _as_written(obj: Object) -> Object:
    """Leave out what only a cluster writes, and `kubectl get -o yaml` with it.

    It tells of another moment, and maybe of another cluster. With the UID copies would look like the
    operator's own, which knows nothing of them and would never take them back.
    """
    metadata = obj.get("metadata")
    given = metadata if isinstance(metadata, dict) else {}
    kept = {key: given[key] for key in ("name", "namespace") if key in given}
    return {key: obj[key] for key in ("apiVersion", "kind", "spec") if key in obj} | {"metadata": kept}


def _marked(policy: Policy) -> Policy:
    from dataclasses import replace

    key = policy.key
    return replace(policy, uid=local_uid(key.kind, *filter(None, (key.namespace, key.name))))


def policy_from_options(
    source: str, name: str, namespaces: Namespaces, attach: Attach, *, recover_pods: bool = False
) -> Policy:
    """Make the policy that copies one pull Secret; its own namespace is left out.

    Its copies are known by where the source is and by their name, which stay when the source is made anew.

    Raises:
        UsageError: the source is no ``NAMESPACE/NAME``, or something is no name.
    """
    place, slash, source_name = source.partition("/")
    if not (place and slash and source_name):
        raise UsageError(f"--from {source!r} names no Secret", hint="write NAMESPACE/NAME")
    name = name or source_name
    check_secret_name(source_name)
    check_secret_name(name)
    for pattern in (place, *namespaces.include, *namespaces.exclude):
        if not is_pattern(pattern):
            raise UsageError(
                f"{pattern!r} is no namespace, and no pattern of them",
                hint="write small letters, digits and -, with * ? and [a-c] in a pattern",
            )
    return Policy(
        key=PolicyKey(LOCAL, "", name),
        secret_name=name,
        sources=(DockerConfigSource(SecretRef(place, source_name)),),
        namespaces=Namespaces(namespaces.include, (*namespaces.exclude, place), namespaces.selector),
        attach=attach,
        recover_pods=recover_pods,
        uid=local_uid(place, source_name),
    )
