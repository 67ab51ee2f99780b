"""A written conversation's researcher: tells the story, and answers what is asked meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from synthcraft.chat.written.suite import Conversation

PATIENCE = 2
"""How often a question is answered, if nothing else is asked."""
YES = {"en": "Yes.", "de": "Ja.", "fr": "Oui.", "es": "Sí."}
NO = {"en": "No,", "de": "Nein,", "fr": "Non,", "es": "No,"}
UNKNOWN = {
    "en": "I don't know.",
    "de": "Das weiß ich nicht.",
    "fr": "Je ne sais pas.",
    "es": "No lo sé.",
}


@dataclass(frozen=True)
class Persona:
    """A researcher in the middle of a conversation.

    ``turns`` counts the messages of the story that were told, ``told`` how often each slot was
    answered.
    """

    conversation: Conversation
    turns: int = 0
    told: Mapping[str, int] = field(default_factory=dict)

    def speak(
        self, asks: Sequence[str] = (), outcome: Mapping[str, Any] | None = None
    ) -> tuple[str, "Persona"]:
        """The next message, and the persona after it; an empty one ends the conversation.

        ``asks`` are the slots of the last question, ``outcome`` what is to be confirmed (by dotted
        setting). Each question is answered, in their order and a line each; then the story goes on.
        Once it is told, a researcher who is asked nothing but the same again goes away.
        """
        lines = [self._sure(outcome)] if outcome else []
        slots = tuple(dict.fromkeys(asks))
        story = self.conversation.turns[self.turns : self.turns + 1]
        if story or any(self.told.get(slot, 0) < PATIENCE for slot in slots):
            unknown = UNKNOWN[self.conversation.language]
            lines += [self.conversation.answers.get(slot, unknown) for slot in slots]
        told = {**self.told, **{slot: self.told.get(slot, 0) + 1 for slot in slots}}
        lines += story
        return "\n".join(lines), replace(self, turns=self.turns + len(story), told=told)

    def _sure(self, outcome: Mapping[str, Any]) -> str:
        language, wanted = self.conversation.language, self.conversation.confirm
        if all(outcome.get(f"dataset.{key}") == value for key, value in wanted.items()):
            return YES[language]
        right = self.conversation.answers.get("outcome") or wanted.get("target", "")
        return f"{NO[language]} {right}"
