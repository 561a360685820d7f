"""Access reviews: nobody is refused here, and whoever asks is told so."""

from pullsecret.sandbox.api.bodies import read_value
from pullsecret.sandbox.api.messages import Request, Response
from pullsecret.sandbox.failures import method_not_allowed

SELF_SUBJECT_ACCESS_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def answer(request: Request, path: str) -> Response | None:
    """Answer a `SelfSubjectAccessReview`; None when the path is another."""
    if path != SELF_SUBJECT_ACCESS_REVIEWS:
        return None
    if request.method != "POST":
        raise method_not_allowed()
    review = read_value(request)
    named = {"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1"}
    return Response.of(
        {
            **named,
            "metadata": {"creationTimestamp": None},
            "spec": review.get("spec"),
            "status": {"allowed": True},
        },
        status=201,
    )
