"""What was fetched by its digest, kept for whoever asks for the same again."""

from pullsecret.core.exchange import Request, Response
from pullsecret.core.manifests import compute_digest


class Contents:
    """Answers to requests for content by digest: it cannot change, and many tags name the same.

    Args:
        room: bytes to keep at most; what does not fit is not kept.
    """

    def __init__(self, room: int = 16 * 1024 * 1024) -> None:
        self._room = room
        self._answers: dict[tuple[str, str, str], Response] = {}

    def find(self, host: str, request: Request) -> Response | None:
        """Give what a registry answered to the same request, in whichever repository."""
        return self._answers.get((host, request.digest, request.accept)) if request.digest else None

    def keep(self, host: str, request: Request, response: Response) -> None:
        """Remember a good answer, if it is what its digest says."""
        size = len(response.body)
        if not request.digest or response.status != 200 or size > self._room:
            return
        if compute_digest(response.body, like=request.digest) == request.digest:
            self._room -= size
            self._answers[host, request.digest, request.accept] = response
