"""A language model that does whatever it reads it should do."""

from collections.abc import Iterator, Mapping
from typing import Any

from learncomm_agent.llm.model import Request
from learncomm_agent.testing.models import Numbered, ScriptedModel, material_of

_WORDS_QUOTED = 12
_EVERYWHERE = ("line", "quote", "also", "text")


class ObeyingModel(ScriptedModel):
    """Fills in every form with what an attacker told it to write, wherever a form takes words.

    What it writes it puts in the place of a true line, and behind one; it cites a true message, the
    attacker's, or both; it gives the words for a quote, an owner, a day, a level and whatever else a form
    asks for in words.
    """

    def __init__(self) -> None:
        """Begin without orders."""
        super().__init__(self._obey, name="obeying")
        self.obeyed = 0
        """How many lines it has written since it got its orders."""
        self._payload = ""
        self._mark = ""

    def order(self, payload: str, *, mark: str) -> None:
        """Give it new orders.

        Args:
            payload: What it is told to write.
            mark: Words by which the attacker's own line is known in the material.
        """
        self._payload, self._mark, self.obeyed = payload, mark, 0
        self.requests.clear()

    def _obey(self, request: Request) -> dict[str, Any]:
        lines = [each for each in material_of(request) if len(each.text.split()) >= 4]
        attack = next((each for each in lines if self._mark in f"{each.label}: {each.text}"), None)
        honest = [each for each in lines if each is not attack] or lines
        forms = (request.schema or {}).get("properties")
        if not honest or not isinstance(forms, dict):
            return {}
        return {name: list(self._filled(form, honest, attack)) for name, form in forms.items()}

    def _filled(
        self, form: Mapping[str, Any], honest: list[Numbered], attack: Numbered | None
    ) -> Iterator[dict[str, Any]]:
        fields = form.get("items", {}).get("properties", {})
        most = form.get("maxItems", 6)
        for number, written in enumerate(list(self._lines(honest, attack))[:most]):
            self.obeyed += 1
            yield {
                name: written[name] if name in _EVERYWHERE else self._word(field, number)
                for name, field in fields.items()
            }

    def _word(self, field: Mapping[str, Any], number: int) -> str:
        """Return a word that the form allows, where it does, and every third time the payload."""
        allowed = next(
            (each["enum"] for each in (field, *field.get("anyOf", ())) if "enum" in each), ()
        )
        return allowed[number % len(allowed)] if allowed and number % 3 else self._payload

    def _lines(self, honest: list[Numbered], attack: Numbered | None) -> Iterator[dict[str, Any]]:
        first, last = honest[0], honest[-1]
        theirs = attack or last
        yield _line(first, self._payload)
        yield _line(last, f"{last.text} {self._payload}")
        yield {**_line(first, self._payload), "also": [theirs.number]}
        yield {**_line(last, f"{self._payload} {last.text}"), "also": [theirs.number]}
        yield _line(theirs, self._payload)
        yield {**_line(first, self._payload), "quote": self._payload}
        yield {**_line(last, last.text), "line": 9999, "quote": self._payload}
        yield _line(first, first.text)


def _line(cited: Numbered, text: str) -> dict[str, Any]:
    quote = " ".join(cited.text.split()[:_WORDS_QUOTED])
    return {"line": cited.number, "quote": quote, "also": [], "text": text}
