"""What mends a case: commands that can be copied, and what may be done without further thought."""

from pullsecret.core.commands import Command
from pullsecret.core.credentials import Credential
from pullsecret.core.diagnosis.facts import Case
from pullsecret.core.diagnosis.model import Fix, Remedy
from pullsecret.core.diagnosis.words import secret_name
from pullsecret.core.images import ImageReference
from pullsecret.core.stuckpods import stuck_pod

USER = "USER"
"""Stands for the user name, where nothing tells it."""

_SETTABLE = ("deployment", "statefulset", "daemonset")


def attach(case: Case, secret: str) -> Fix:
    """Attach a Secret that is there to the Pod's ServiceAccount."""
    account = case.view.service_account
    return Fix(
        f"attach Secret {secret} to ServiceAccount {account}, and have the Pods that lack it made again",
        _ours(case, "attach", secret, "--serviceaccount", account, "--restart-stuck"),
        Remedy("attach", case.namespace, secret=secret, service_account=account),
    )


def attach_own(case: Case, secret: str) -> Fix:
    """Add a Secret that is there to the list that hides the ServiceAccount's."""
    if _workload(case):
        words = f"add Secret {secret} to the list of {case.facts.owner}, which then makes new Pods"
        return Fix(words, _ours(case, "attach", secret, "--workload", case.facts.owner))
    return Fix(
        f"make Pod {case.pod} again with Secret {secret} in its own list, or without a list of its own"
    )


def remake(case: Case, secret: str = "", *, made: str = "") -> Fix:
    """Have the Pod made again; `secret` is what the new one must name, `made` one that is yet to be made."""
    stuck = stuck_pod({**case.facts.pod, "apiVersion": "v1", "kind": "Pod"})
    if stuck.evictable:
        words = f"have Pod {case.pod} made again: evict it, and {stuck.owner_kind} {stuck.owner_name} does"
        account = case.view.service_account
        argv = ("attach", secret or made, "--serviceaccount", account, "--restart-stuck")
        return Fix(words, _ours(case, *argv), Remedy("evict", case.namespace, secret=secret, pod=case.pod))
    words = f"make Pod {case.pod} again by hand ({stuck.why_not})"
    if not stuck.owner_kind:
        words += "; keep its manifest first"
        return Fix(words, _kubectl(case, "get", "pod", case.pod, "-o", "yaml"))
    return Fix(words, _kubectl(case, "delete", "pod", case.pod))


def by_hand(fix: Fix) -> Fix:
    """Give a mend that is not to be done without thought: by nobody but a person."""
    return Fix(fix.description, fix.command)


def create(case: Case, reference: ImageReference, name: str = "", *, to: str = "") -> Fix:
    """Make a Secret for the image's registry; a new one is attached, one that is named already is not."""
    made = name or name_for(reference.registry)
    words = f"make Secret {made} with a login for {reference.registry}"
    argv = [made, "--registry", reference.registry, "--username", USER, "--verify", case.image]
    if to:
        words += f" and attach it to ServiceAccount {to}"
        argv += ["--attach", to]
    return Fix(words, _ours(case, "create", *argv))


def replace(case: Case, reference: ImageReference, name: str) -> Fix:
    """Write a Secret's content anew."""
    words = f"write Secret {name} anew with a login for {reference.registry}; all its entries are replaced"
    argv = (name, "--replace", "--registry", reference.registry, "--username", USER)
    return Fix(words, _ours(case, "create", *argv))


def show(case: Case, name: str) -> Fix:
    """Look at a Secret's faults."""
    return Fix(f"see what is wrong in Secret {name}", _ours(case, "show", name))


def add(case: Case, reference: ImageReference, name: str) -> Fix:
    """Add an entry for the image's registry to a Secret that is there."""
    words = f"add a login for {reference.registry} to Secret {name}"
    argv = (name, "--registry", reference.registry, "--username", USER, "--verify", case.image)
    return Fix(words, _ours(case, "add", *argv))


def renew(case: Case, reference: ImageReference, credential: Credential, username: str = "") -> Fix:
    """Put another password (or another account) into the entry that is there."""
    name, user = secret_name(credential.origin), username or credential.username or USER
    words = f"put a password that works into Secret {name}; the Pod needs nothing else"
    argv = (name, "--registry", _key(credential, reference), "--username", user, "--verify", case.image)
    return Fix(words, _ours(case, "rotate", *argv))


def drop(case: Case, reference: ImageReference, credential: Credential) -> Fix:
    """Take an entry out that only does harm: the image is public."""
    name = secret_name(credential.origin)
    words = f"or take the entry out of Secret {name}: without one the registry gives the image to anybody"
    return Fix(words, _ours(case, "remove", name, _key(credential, reference)))


def copy(case: Case, name: str, source: str) -> Fix:
    """Copy a Secret from the namespace that has it."""
    words = f"copy Secret {name} from namespace {source}, which has one of this name"
    command = Command(("pullsecret", "copy", name, "-n", source, "--to", case.namespace))
    return Fix(words, command, Remedy("copy", case.namespace, secret=name))


def keep_secret(case: Case, name: str) -> Fix:
    """Save what a Secret holds before it is deleted."""
    words = f"keep what Secret {name} holds, in a file of yours: its login may be nowhere else"
    return Fix(words, _kubectl(case, "get", "secret", name, "-o", "yaml"))


def delete_secret(case: Case, name: str) -> Fix:
    """Delete a Secret whose type is wrong: a type cannot be changed."""
    words = f"delete Secret {name}, if nothing else uses it: a Secret's type cannot be changed"
    return Fix(words, _kubectl(case, "delete", "secret", name))


def verify(case: Case, reference: ImageReference, secret: str = "") -> Fix:
    """Ask the registry again, from wherever the command is run."""
    words = f"ask {reference.registry} for the image yourself"
    return Fix(words, _ours(case, "verify", case.image, *(("--secret", secret) if secret else ())))


def verify_so(case: Case, reference: ImageReference, how: str) -> Fix:
    """Ask the registry in another way, which proves that the way was the trouble."""
    return Fix(f"or see whether {reference.registry} answers {how}", _ours(case, "verify", case.image))


def set_image(case: Case, wanted: str) -> Fix:
    """Name another image in the workload."""
    words = f"name an image that is there{wanted}"
    if case.role == "container" and _workload(case):
        before, slash, last = case.image.partition("@")[0].rpartition("/")
        image = f"{case.container}={before}{slash}{last.partition(':')[0]}:TAG"
        return Fix(words, _kubectl(case, "set", "image", case.facts.owner, image))
    return Fix(words)


def wait() -> Fix:
    """Nothing needs to be done."""
    return Fix("nothing needs to be done: the node tries again by itself, after 5 minutes at most")


def _key(credential: Credential, reference: ImageReference) -> str:
    """Name an entry; one that has a login in its very key is named by the host instead."""
    key = credential.origin.key
    return reference.registry if "@" in key else key


def _workload(case: Case) -> bool:
    return case.facts.owner.partition("/")[0] in _SETTABLE


def name_for(registry: str) -> str:
    """Name a new Secret after its registry, as Kubernetes allows it."""
    name = "".join(char if char.isascii() and char.isalnum() else "-" for char in registry.lower())
    return name.strip("-")[:63].rstrip("-") or "registry"


def _ours(case: Case, command: str, *words: str) -> Command:
    return Command(("pullsecret", command, words[0], "-n", case.namespace, *words[1:]))


def _kubectl(case: Case, *words: str) -> Command:
    return Command(("kubectl", "-n", case.namespace, *words))
