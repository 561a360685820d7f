"""Whose a Pod's list of pull Secrets is: written for the Pod, or copied from its ServiceAccount.

Admission copies the ServiceAccount's list of that moment, and only into a Pod whose own is empty
(Kubernetes, `plugin/pkg/admission/serviceaccount/admission.go`). On the Pod the two look alike. What tells
them apart is the template that it was made from, and what the API server and kubectl keep of what was sent.
"""

import json
from collections.abc import Collection
from enum import StrEnum

from pullsecret.core.objects import Object, annotations_of
from pullsecret.core.reading import Node

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


class ListOrigin(StrEnum):
    """Where a Pod's list comes from."""

    OWN = "own"
    INHERITED = "inherited"
    UNTOLD = "untold"
    """Nothing tells: it may be either."""


def list_origin(
    pod: Object, account_names: Collection[str], *, template_own: bool | None = None
) -> ListOrigin:
    """Tell whether a Pod's list is its own.

    Args:
        pod: the Pod.
        account_names: what its ServiceAccount is known to list, or to have listed.
        template_own: whether the template of its controller has a list; None where there is no template
            that can be read. A template decides, since it is what the next Pod is made from.
    """
    if template_own is not None:
        return ListOrigin.OWN if template_own else ListOrigin.INHERITED
    entries = Node(pod, lenient=True).at("spec", "imagePullSecrets").items()
    names = {name for entry in entries if (name := entry.at("name").text())}
    if not entries:
        return ListOrigin.INHERITED
    if not names:  # the API server takes a list without any name, and only people write one
        return ListOrigin.OWN
    sent = _managed(pod)
    if sent is None:
        sent = _applied(pod)
    if sent is not None:
        return ListOrigin.OWN if sent else ListOrigin.INHERITED
    # A name that the ServiceAccount does not list was hardly copied from it; the reverse proves nothing.
    return ListOrigin.UNTOLD if names <= set(account_names) else ListOrigin.OWN


def _managed(pod: Object) -> bool | None:
    """Tell by `managedFields` whether the list was sent by whoever made the Pod; None where they do not tell.

    The API server notes what was sent before admission adds to it (apiserver, `handlers/create.go`), so a
    copied list has no manager.
    """
    entries = Node(pod, lenient=True).at("metadata", "managedFields").items()
    specs = [entry.at("fieldsV1", "f:spec").mapping() for entry in entries]
    told = [spec for spec in specs if spec]
    return any("f:imagePullSecrets" in spec for spec in told) if told else None


def _applied(pod: Object) -> bool | None:
    """Tell the same by what `kubectl apply` keeps of what it sent; None where it was not applied."""
    try:
        sent = json.loads(annotations_of(pod).get(LAST_APPLIED, ""))
    except (ValueError, RecursionError):
        return None
    if not isinstance(sent, dict) or not isinstance(sent.get("spec"), dict):
        return None
    return bool(sent["spec"].get("imagePullSecrets"))
