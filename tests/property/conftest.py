"""Property tests have no deadline for one example: a busy machine is no fault of ours."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
