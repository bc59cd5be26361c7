"""learncomm: a facilitator for learning communities that lives in their chat."""

__version__ = "0.1.0"
