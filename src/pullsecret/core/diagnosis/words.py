"""What a diagnosis tells people of what was seen: Secrets, ServiceAccounts, answers, times."""

from datetime import datetime

from pullsecret.core.credentials import ANONYMOUS, Credential, Origin
from pullsecret.core.diagnosis.facts import Case
from pullsecret.core.diagnosis.lookup import Account, Answer, Lookup
from pullsecret.core.diagnosis.rings import Ring
from pullsecret.core.nearmiss import MissReason, NearMiss
from pullsecret.core.times import format_time, human_duration

BACK_OFF = "the node tries again by itself, after 5 minutes at most"


def node_said(look: Lookup, case: Case) -> str:
    """Quote what the node said, when, and how often; empty when it said nothing."""
    quoted = look.quoted(case)
    if not quoted:
        return ""
    failure, who = case.failure, f"node {case.node}" if case.node else "the node"
    when = f" {at(failure.last, look.snapshot.now)}" if failure.last else ""
    often = f" ({failure.count} times)" if failure.count > 1 else ""
    return f"{who} said{when}{often}: {quoted}"


def at(time: datetime, now: datetime) -> str:
    """Say a time, and how long ago that was."""
    return f"at {format_time(time)}, {human_duration(now - time)} ago"


def named_by(case: Case, account: Account) -> str:
    """Say which Secrets the Pod names, and which its ServiceAccount does."""
    own = case.view.secret_names
    pod = f"Pod {case.pod} names {some(own)}" if own else f"Pod {case.pod} names no pull Secret"
    name = case.view.service_account
    if not account.known:
        return f"{pod}; what ServiceAccount {name} lists could not be read"
    if not account.there:
        return f"{pod}; ServiceAccount {name} does not exist any more"
    lists = f"lists {some(account.names)}" if account.names else "lists none"
    return f"{pod}; ServiceAccount {name} {lists}"


def untold_list(case: Case, secret: str) -> str:
    """Say that a Pod's list may be its own or inherited, and what hangs on that."""
    return (
        f"whether Pod {case.pod} was given its list or inherited it cannot be told: its managedFields and "
        f"last-applied-configuration do not say; if inherited, a new Pod would have Secret {secret} too"
    )


def unnamed(case: Case, secret: str, repository: str) -> str:
    """Say that a Secret is there which would do, and which the Pod does not name."""
    there = f"Secret {secret} of namespace {case.namespace} has a login for {repository}"
    return f"{there}, and Pod {case.pod} does not name it"


def some(names: tuple[str, ...]) -> str:
    """List names for people: ``a, b and c``."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def who(credential: Credential) -> str:
    """Name a credential by its user and its Secret."""
    if credential == ANONYMOUS:
        return "without a credential"
    return f"as {credential.username or 'a user without a name'} ({of_secret(credential)})"


def of_secret(credential: Credential) -> str:
    """Name the Secret of a credential, and its entry there."""
    return f"Secret {secret_name(credential.origin)}, entry {credential.origin.key}"


def asked(answer: Answer) -> str:
    """Say what a registry answered when it was asked just now."""
    said = "it gives the image" if answer.works else answer.probe.message or str(answer.probe.cause)
    return f"asked from here just now {who(answer.credential)}: {said}"


def not_seen(ring: Ring) -> str:
    """Say which Secrets could not be read."""
    return f"the content of {some(ring.unreadable)} could not be read, so what it covers is not known"


def secret_name(origin: Origin) -> str:
    """Give the name of the Secret that something comes from."""
    return origin.source.rpartition("/")[2]


def near_miss(miss: NearMiss, registry: str) -> str:
    """Say how an entry's key differs from what the image needs."""
    entry = f"Secret {secret_name(miss.origin)} has an entry for {miss.key}"
    if miss.reason is MissReason.PATH:
        return f"{entry}, which holds only for paths that start with {miss.has}; the image's is {miss.wanted}"
    if miss.reason is MissReason.PORT:
        wanted = f"port {miss.wanted}" if miss.wanted else "no port"
        has = f"port {miss.has}" if miss.has else "no port"
        return (
            f"{entry}, with {has}; the image's registry {registry} has {wanted}, and ports must be the same"
        )
    return f"{entry}; the image's registry is {registry}"


def order_of_times(case: Case, account: Account, now: datetime) -> str:
    """Say when the Pod was made and when its ServiceAccount's list was written; empty when unknown."""
    if case.created is None:
        return ""
    made = f"the Pod was made {at(case.created, now)}"
    if account.changed is None:
        return made
    return f"{made}; its ServiceAccount's list was last written {at(account.changed, now)}"
