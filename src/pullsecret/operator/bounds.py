"""What the operator may do for policies, by the flags that it was started with."""

from dataclasses import dataclass

from pullsecret.core.errors import InvalidInput
from pullsecret.core.policy.model import Policy, SecretRef


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits that no policy gets past.

    Attributes:
        sources: namespaces whose Secrets a `ClusterPullSecret` may read.
        secret_names: the only names that copies may have; empty for any.
    """

    sources: frozenset[str] = frozenset()
    secret_names: frozenset[str] = frozenset()

    def check(self, policy: Policy) -> None:
        """See that a policy keeps within them.

        Raises:
            InvalidInput: it wants more, or would only copy a Secret onto itself; `place` is the JSON path.
        """
        if self.secret_names and policy.secret_name not in self.secret_names:
            allowed = ", ".join(sorted(self.secret_names))
            raise InvalidInput(f"the operator was given leave for {allowed} only", place="spec.secretName")
        for position, source in enumerate(policy.sources):
            place = f"spec.credentials[{position}].secretRef"
            if not policy.key.namespace and source.ref.namespace not in self.sources:
                allowed = ", ".join(sorted(self.sources))
                message = f"the operator reads sources in {allowed} only (--source-namespaces)"
                raise InvalidInput(message, place=f"{place}.namespace")
            if source.ref == SecretRef(policy.key.namespace, policy.secret_name):
                message = "is the Secret that the copy would be; give the copy another spec.secretName"
                raise InvalidInput(message, place=f"{place}.name")
