"""What can go wrong between the researcher and a model; the conversation is kept in each case."""

from synthcraft.errors import SynthCraftError, UserError


class ChatError(SynthCraftError):
    """Raised when no answer can be had: no server, no key, a refusal, unusable output."""


class Blocked(UserError):
    """Raised when a message holds something of the table's rows; it was not sent."""
