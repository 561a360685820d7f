"""The words in which people are told what a registry's answer means, apart from the logic that finds it."""

from collections.abc import Mapping

from pullsecret.core.causes import Cause

WORDS: Mapping[Cause, str] = {
    Cause.CREDENTIAL_REJECTED: "{host} rejects the login of {user}",
    Cause.CREDENTIAL_FORBIDDEN: "{host} knows {user}, but does not let it pull {what}",
    Cause.AUTH_MISSING: "{host} asks for a login{for_what}, and none was given",
    Cause.DENIED_OR_MISSING: "{host} does not give {what} to {user}: there is none, or it is not allowed to",
    Cause.IMAGE_NOT_FOUND: "{host} has no {what}",
    Cause.RATE_LIMITED: "{host} limits how often it is asked, and the limit is reached",
    Cause.REGISTRY_BLOCKED: "{host} refuses {what} by a rule of its own, whoever asks",
    Cause.REGISTRY_ERROR: "{host} did not answer as a registry when asked for {what}",
    Cause.PROXY_FAILURE: "{host} cannot be reached: the proxy asks for a login of its own",
    Cause.HTTP_HTTPS_MISMATCH: "{host} speaks HTTPS, and was asked by plain HTTP",
}
"""By cause, what happened; filled in with the registry, what was asked for, and the user name."""

HINTS: Mapping[Cause, str] = {
    Cause.CREDENTIAL_REJECTED: "check user name and password; names of robot accounts often have a prefix",
    Cause.CREDENTIAL_FORBIDDEN: "have the account given the right to pull there, or take another one",
    Cause.AUTH_MISSING: "give a credential for {host}",
    Cause.DENIED_OR_MISSING: "check the spelling, then whether the account may pull there",
    Cause.IMAGE_NOT_FOUND: "check the spelling of repository and tag",
    Cause.RATE_LIMITED: "wait, or log in with an account of a higher limit",
    Cause.REGISTRY_BLOCKED: "its administrator sets such rules: by place, by network, by the image's state",
    Cause.REGISTRY_ERROR: "check that {host} is a registry, and how it is",
    Cause.PROXY_FAILURE: "write it into HTTP_PROXY or HTTPS_PROXY, as http://USER:PASSWORD@HOST:PORT",
    Cause.HTTP_HTTPS_MISMATCH: "leave out --plain-http",
}
"""By cause, what to do next."""

ANONYMOUS_HINT = "check the spelling, or give a credential for {host}"
"""The same for one that was refused without a login."""
