"""Rules on what stands in the Secrets that a Pod names: of the wrong type, empty, or for something else."""

from collections.abc import Sequence

from pullsecret.core.causes import Cause
from pullsecret.core.diagnosis import mends, words
from pullsecret.core.diagnosis.gap import Gap
from pullsecret.core.diagnosis.model import Confidence, Fix
from pullsecret.core.diagnosis.ruling import Ruling
from pullsecret.core.nearmiss import MissReason, NearMiss
from pullsecret.core.pullsecrets import KEYS, TYPE_JSON, Secret

_FOR = {
    MissReason.PORT: "another port", MissReason.PATH: "other paths only", MissReason.HOST: "another host",
}  # fmt: skip
SHOWN = 5
"""So many entries are told of at most."""


def unreadable(gap: Gap) -> Ruling | None:
    """Some of the Secrets cannot be looked at, and any of them may be the one for the image."""
    if not gap.ring.unreadable:
        return None
    said, listed = gap.look.said(gap.case), words.some(gap.ring.unreadable)
    ruling = Ruling(
        said if said is not Cause.UNKNOWN else Cause.UNAUTHORIZED,
        Confidence.POSSIBLE,
        f"{gap.reference} is refused, and what is in Secret {listed}, which may be for it, "
        "cannot be looked at by us",
        (words.not_seen(gap.ring),),
        (mends.verify(gap.case, gap.reference),),
    )
    return ruling.or_else(Cause.CREDENTIAL_REJECTED, Cause.SECRET_HOST_MISMATCH, Cause.SECRET_MISSING)


def no_credential(gap: Gap) -> Ruling | None:
    """An entry is for the image, and has no user name and password."""
    empty = gap.ring.tried(gap.reference.repository)
    if not empty:
        return None
    name, key = words.secret_name(empty[0].origin), empty[0].origin.key
    faults = [fault for secret in gap.ring.there if secret.name == name for fault in secret.faults()]
    told = (
        f"Secret {name}, {fault}{f': {fault.hint}' if fault.hint else ''}"
        for fault in faults
        if fault.cause is Cause.SECRET_NO_CREDENTIAL
    )
    return Ruling(
        Cause.SECRET_NO_CREDENTIAL,
        gap.sure,
        f"Secret {name} has an entry {key} for {gap.reference.repository}, without user name and password",
        tuple(told),
        (*gap.fixes_of_offer, mends.renew(gap.case, gap.reference, empty[0])),
    )


def wrong_type_that_covers(gap: Gap) -> Ruling | None:
    """A Secret is passed over for its type, and is for the image."""
    secret = gap.ring.covering_despite_type(gap.reference.repository)
    return _wrong_type(gap, secret) if secret else None


def wrong_type(gap: Gap) -> Ruling | None:
    """A Secret is passed over, whatever it is for."""
    return _wrong_type(gap, gap.ring.skipped[0]) if gap.ring.skipped else None


def _wrong_type(gap: Gap, secret: Secret) -> Ruling:
    name, case = secret.name, gap.case
    create = mends.create(case, gap.reference, name)
    if secret.type in KEYS:
        why = f"has nothing under {KEYS[secret.type]}"
        fixes: tuple[Fix, ...] = (mends.replace(case, gap.reference, name),)
    else:
        why = f"is of type {secret.type}, and not {TYPE_JSON}"
        fixes = (mends.keep_secret(case, name), mends.delete_secret(case, name), create)
    return Ruling(
        Cause.SECRET_WRONG_TYPE,
        gap.sure,
        f"The kubelet passes over Secret {name}, which Pod {case.pod} names, because it {why}",
        (f"Secret {name} {why}",),
        (*gap.fixes_of_offer, *fixes),
    )


def other_port_or_path(gap: Gap) -> Ruling | None:
    """An entry is for the image's host, and for another port or other paths."""
    misses = gap.ring.near_misses(gap.reference.repository)
    return _mismatch(gap, [miss for miss in misses if miss.reason is not MissReason.HOST])


def other_host(gap: Gap) -> Ruling | None:
    """An entry is for a host that looks like the image's."""
    return _mismatch(gap, gap.ring.near_misses(gap.reference.repository))


def _mismatch(gap: Gap, misses: Sequence[NearMiss]) -> Ruling | None:
    if not misses:
        return None
    miss = misses[0]
    name = words.secret_name(miss.origin)
    return Ruling(
        Cause.SECRET_HOST_MISMATCH,
        gap.sure,
        f"The entry {miss.key} of Secret {name} is for {_FOR[miss.reason]}, "
        f"and not for {gap.reference.repository}",
        tuple(words.near_miss(each, gap.reference.registry) for each in misses[:SHOWN]),
        (*gap.fixes_of_offer, mends.add(gap.case, gap.reference, name)),
    )


def no_entry(gap: Gap) -> Ruling | None:
    """The Secrets are in order, and for other registries, or for none."""
    read = [secret for secret in gap.ring.there if not secret.skipped]
    if not read or gap.ring.tried(gap.reference.repository):
        return None
    listed = words.some(tuple(secret.name for secret in read))
    keys = tuple(key for secret in read for key in secret.readable_config.entries)
    what = f"for {words.some(keys[:SHOWN])}" if keys else "for no registry at all"
    faults = (
        f"Secret {secret.name}, {fault}" for secret in read for fault in secret.faults() if not fault.harmless
    )
    return Ruling(
        Cause.SECRET_HOST_MISMATCH if keys else Cause.SECRET_NO_CREDENTIAL,
        gap.sure,
        f"Pod {gap.case.pod} names {listed}, which is {what}, and not for {gap.reference.repository}",
        (f"the entries of {listed}: {words.some(keys[:SHOWN]) or 'none'}", *list(faults)[:SHOWN]),
        (*gap.fixes_of_offer, mends.add(gap.case, gap.reference, read[0].name)),
    )
