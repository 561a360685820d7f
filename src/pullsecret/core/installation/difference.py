"""What has to be written so that an object of the installation is as wanted; nothing where it is."""

from typing import Any

from pullsecret.core.errors import UsageError
from pullsecret.core.installation.options import NAME
from pullsecret.core.objects import (
    Object,
    annotations_of,
    labels_of,
    name_of,
    namespace_of,
    object_ref,
    resource_version_of,
)

PART_OF = "app.kubernetes.io/part-of"
HELM_RELEASE = "meta.helm.sh/release-name"
_ABSENT: tuple[object, ...] = (None, "", False, [], {})


def is_of_installation(obj: Object, name: str) -> bool:
    """Tell whether an object belongs to the installation of this name: by its labels and by its own name."""
    labels = labels_of(obj)
    ours = labels.get(PART_OF) == NAME and labels.get("app.kubernetes.io/instance") == name
    return ours and (name_of(obj) == name or name_of(obj).startswith(f"{name}-"))


def refuse_foreign(live: Object, name: str) -> None:
    """Refuse to overwrite what somebody else made.

    Raises:
        UsageError: it is Helm's, or nobody's that we know; the hint says what to do.
    """
    where = f" in namespace {namespace_of(live)!r}" if namespace_of(live) else ""
    what = f"{object_ref(live)}{where}"
    release = annotations_of(live).get(HELM_RELEASE)
    if release:
        raise UsageError(f"{what} is of the Helm release {release!r}", hint="use helm for this installation")
    if not is_of_installation(live, name):
        raise UsageError(
            f"{what} is there and was not made by `pullsecret install`", hint="choose another --name"
        )


def difference(live: Object, wanted: Object) -> Object | None:
    """Give the merge patch that makes a live object as wanted, if it still is that version; None if it is.

    Fields that the API server or others filled in stay, the webhook's CA among them: merge patches replace
    lists as a whole, so it is taken over into the new one.
    """
    wanted = _with_ca_of(live, wanted)
    if not _differs(wanted, live):
        return None
    content = {key: value for key, value in wanted.items() if key not in ("apiVersion", "kind", "metadata")}
    kept = {key: wanted["metadata"][key] for key in ("labels", "annotations") if key in wanted["metadata"]}
    return {"metadata": {**kept, "resourceVersion": resource_version_of(live)}, **content}


def _differs(wanted: Any, live: Any) -> bool:
    """Tell whether a value lacks anything that is wanted; what is there besides does not count."""
    if live is None and wanted in _ABSENT:
        return False
    if isinstance(wanted, dict) and isinstance(live, dict):
        return any(_differs(value, live.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(live, list):
        return len(wanted) != len(live) or any(map(_differs, wanted, live))
    return bool(wanted != live)


def _with_ca_of(live: Object, wanted: Object) -> Object:
    if "webhooks" not in wanted:
        return wanted
    authorities = {
        hook.get("name"): hook["clientConfig"]["caBundle"]
        for hook in live.get("webhooks") or ()
        if hook.get("clientConfig", {}).get("caBundle")
    }
    hooks = [
        {**hook, "clientConfig": {**hook["clientConfig"], "caBundle": authorities[hook["name"]]}}
        if hook["name"] in authorities
        else hook
        for hook in wanted["webhooks"]
    ]
    return {**wanted, "webhooks": hooks}
