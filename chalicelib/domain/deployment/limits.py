"""What one tenant may have at most: owners set it for all tenants alike."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The limits of every tenant."""

    #: For how many days from its making an API token is good at most.
    max_token_days: int = 365
