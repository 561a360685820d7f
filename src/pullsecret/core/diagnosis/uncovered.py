"""Why nothing that a Pod has is for its image: the rules, and the order in which they count."""

from pullsecret.core.causes import Cause
from pullsecret.core.diagnosis import content, naming, words
from pullsecret.core.diagnosis.facts import Case
from pullsecret.core.diagnosis.families import PUBLIC_REGISTRIES
from pullsecret.core.diagnosis.gap import Gap
from pullsecret.core.diagnosis.lookup import Lookup
from pullsecret.core.diagnosis.model import Confidence
from pullsecret.core.diagnosis.ruling import Ruling
from pullsecret.core.images import ImageReference
from pullsecret.core.listorigin import ListOrigin

RULES = (
    naming.pod_predates_attach,
    content.unreadable,
    naming.no_pull_secret,
    content.no_credential,
    content.wrong_type_that_covers,
    content.other_port_or_path,
    naming.secret_missing,
    content.other_host,
    content.wrong_type,
    content.no_entry,
)
"""The first that applies decides; others that do are alternatives. One applies to any list of names."""


def uncovered(look: Lookup, case: Case, reference: ImageReference, sure: Confidence) -> Ruling:
    """Give the cause of a container for whose image the Pod has nothing to send.

    Args:
        look: what was seen.
        case: the container.
        reference: its image.
        sure: how sure it is that the image needs a credential at all.
    """
    gap = Gap.of(look, case, reference, sure)
    found = [ruling for rule in RULES if (ruling := rule(gap))]
    ruling = found[0].or_else(*(other.cause for other in found[1:]))
    if gap.own and gap.account_covers:
        ruling = ruling.with_evidence(
            f"its own list is used instead of its ServiceAccount's, where Secret {gap.account_covers.name} "
            "is for the image"
        )
    elif gap.fixes_of_offer and case.view.secret_names:
        ruling = ruling.with_evidence(words.unnamed(case, gap.offers[0].secret.name, reference.repository))
    if gap.origin is ListOrigin.UNTOLD and gap.account_covers:
        ruling = ruling.at_most(Confidence.LIKELY).or_else(Cause.POD_PREDATES_ATTACH)
        ruling = ruling.with_evidence(words.untold_list(case, gap.account_covers.name))
    if ruling.cause is Cause.NO_PULL_SECRET and reference.registry in PUBLIC_REGISTRIES:
        return ruling.or_else(Cause.IMAGE_NOT_FOUND)
    return ruling
