"""A Lease as what it says about who leads, and the writes that change it (client-go, leaderelection)."""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from typing import Any

from pullsecret.core.errors import InvalidInput
from pullsecret.core.objects import LEASE, Object, resource_version_of

_JITTER = 1.2  # client-go refuses a deadline that one jittered retry could miss


@dataclass(frozen=True, slots=True)
class Timing:
    """How often a Lease is renewed, in seconds; the usual ones of Kubernetes' own controllers.

    Attributes:
        lease_duration: others wait this long after the last renewal that they saw.
        renew_deadline: who has not renewed for this long stops writing; the rest of the duration is for
            what is still on its way to the API server.
        retry_period: between two tries.
    """

    lease_duration: float = 15.0
    renew_deadline: float = 10.0
    retry_period: float = 2.0

    def __post_init__(self) -> None:
        if not self.lease_duration > self.renew_deadline > self.retry_period * _JITTER > 0:
            raise InvalidInput(
                f"a lease of {self.lease_duration:g} s with a deadline of {self.renew_deadline:g} s, renewed "
                f"every {self.retry_period:g} s, cannot be kept",
                hint="the lease must last longer than the deadline, and the deadline longer than 1.2 tries",
            )

    @property
    def grace(self) -> float:
        """Seconds after the deadline that are for what is on its way; some are left for the network."""
        return (self.lease_duration - self.renew_deadline) * 0.8


@dataclass(frozen=True, slots=True)
class Record:
    """What a Lease says; two readings with equal records mean that nobody renewed it between them.

    Attributes:
        holder: who leads; empty when nobody does.
        duration: seconds that the holder asked the others to wait; 0 when it did not say.
        transitions: how often the lead passed to another.
    """

    holder: str = ""
    duration: int = 0
    renewed: str = ""
    acquired: str = ""
    transitions: int = 0


def record_of(lease: Object) -> Record:
    """Read a Lease; what is missing or malformed in it counts as absent."""
    spec = lease.get("spec")
    fields: dict[str, Any] = spec if isinstance(spec, dict) else {}
    texts = [fields.get(name) for name in ("holderIdentity", "renewTime", "acquireTime")]
    holder, renewed, acquired = (text if isinstance(text, str) else "" for text in texts)
    numbers = [fields.get(name) for name in ("leaseDurationSeconds", "leaseTransitions")]
    duration, transitions = (number if isinstance(number, int) else 0 for number in numbers)
    return Record(holder, duration, renewed, acquired, transitions)


def new_lease(name: str, namespace: str, identity: str, timing: Timing, now: datetime) -> Object:
    """Make a Lease that we hold."""
    return {
        "apiVersion": LEASE.api_version,
        "kind": LEASE.kind,
        "metadata": {"name": name, "namespace": namespace},
        "spec": _held(Record(), identity, timing, now),
    }


def taking(lease: Object, identity: str, timing: Timing, now: datetime) -> Object:
    """Make the merge patch by which we take or keep a Lease, if it still is as it was read."""
    return _if_unchanged(lease, _held(record_of(lease), identity, timing, now))


def releasing(lease: Object, now: datetime) -> Object:
    """Make the merge patch by which we let a Lease go, if it still is as it was read."""
    moment = _micro_time(now)
    # A duration of 0 is no valid Lease.
    spec = {"holderIdentity": "", "leaseDurationSeconds": 1, "renewTime": moment, "acquireTime": moment}
    return _if_unchanged(lease, spec)


def _held(before: Record, identity: str, timing: Timing, now: datetime) -> Object:
    moment, ours = _micro_time(now), before.holder == identity
    first = not before.holder and not before.renewed  # a Lease that nobody ever held
    return {
        "holderIdentity": identity,
        "leaseDurationSeconds": ceil(timing.lease_duration),
        "acquireTime": before.acquired if ours and before.acquired else moment,
        "renewTime": moment,
        "leaseTransitions": before.transitions + (not ours and not first),
    }


def _if_unchanged(lease: Object, spec: Object) -> Object:
    return {"metadata": {"resourceVersion": resource_version_of(lease)}, "spec": spec}


def _micro_time(moment: datetime) -> str:
    """Write a time as metav1.MicroTime wants it: always six digits."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
