"""Who names the copy: ServiceAccounts get its name, and lose it again if it was we who put it there.

The annotation `pullsecret.dev/attached` of a ServiceAccount tells which names of its list are from us. It is
written in the same conditional patch as the list, so the two never disagree by our doing.
"""

from collections.abc import Iterator, Sequence

from pullsecret.core.attachment import plan_attach_service_account, plan_detach_service_account, secret_names
from pullsecret.core.errors import InvalidInput
from pullsecret.core.objects import Object, annotations_of, name_of, resource_version_of
from pullsecret.core.plan.model import PatchAccount
from pullsecret.core.policy.model import Attach
from pullsecret.core.policy.names import ATTACHED
from pullsecret.core.policy.optout import opt_out_of


def attached_by_us(account: Object) -> tuple[str, ...]:
    """Give the names that we put into a ServiceAccount's list."""
    names = (name.strip() for name in annotations_of(account).get(ATTACHED, "").split(","))
    return tuple(dict.fromkeys(name for name in names if name))


def plan_accounts(accounts: Sequence[Object], secret: str, attach: Attach | None) -> Iterator[PatchAccount]:
    """Plan that the ServiceAccounts that are meant name a Secret, and that the others do not because of us.

    A malformed ServiceAccount, which the API server would not have taken, is passed over.

    Args:
        accounts: of one namespace, whole.
        secret: the Secret's name.
        attach: which are meant; None when none is, because the Secret goes.
    """
    for account in accounts:
        if opt_out_of(account, "ServiceAccount"):
            continue
        try:
            wanted = attach is not None and attach.wants(name_of(account))
            step = _attached(account, secret) if wanted else _detached(account, secret)
        except InvalidInput:
            continue
        if step is not None:
            yield step


def _attached(account: Object, secret: str) -> PatchAccount | None:
    change = plan_attach_service_account(account, [secret])
    if change is None:
        return None
    ours = (*attached_by_us(account), secret)
    return PatchAccount(name_of(account), _with_mark(change.patch, ours), secret, attached=True)


def _detached(account: Object, secret: str) -> PatchAccount | None:
    """Take the name out where we put it in; an entry that was there before us stays."""
    ours = attached_by_us(account)
    if secret not in ours:
        return None
    left = tuple(name for name in ours if name != secret)
    change = plan_detach_service_account(account, [secret]) if secret in secret_names(account) else None
    patch = change.patch if change else {"metadata": {"resourceVersion": resource_version_of(account)}}
    return PatchAccount(name_of(account), _with_mark(patch, left), secret, attached=False)


def _with_mark(patch: Object, ours: Sequence[str]) -> Object:
    """Put the annotation into a merge patch; null takes it away."""
    mark = ",".join(dict.fromkeys(ours)) or None
    return {**patch, "metadata": {**patch["metadata"], "annotations": {ATTACHED: mark}}}
