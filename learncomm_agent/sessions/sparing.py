"""Which values go with a saying: each is kept with its own, so a long one goes only where it is named. Pure."""

import re
from collections.abc import Mapping
from typing import Any

OPEN = dict.fromkeys(
    ("chosen", "item", "meeting", "meetings", "participation", "portion", "portions"), ""
)
"""What templates may ask for at any time, whether there is such a thing yet or not."""
LONG, MANY = 200, 10
"""Longer texts and lists are left out of what does not name them."""
_FILLED_IN = re.compile(r"\{[{%](.*?)[%}]\}", re.DOTALL)
_NAME = re.compile(r"[A-Za-z_]\w*")


def of_use(values: Mapping[str, Any], words: str) -> dict[str, Any]:
    """Return the values that go with a saying.

    Args:
        values: All that there are, by name; what begins with `_` is for no saying.
        words: The template, empty where it is a phrase: those name nothing that a playbook asks.
    """
    named = set(_NAME.findall(" ".join(_FILLED_IN.findall(words))))
    return {
        name: each
        for name, each in values.items()
        if not name.startswith("_") and (name in named or not _is_long(each))
    }


def _is_long(value: Any) -> bool:
    if isinstance(value, Mapping):
        return len(value) > MANY or any(map(_is_long, value.values()))
    if isinstance(value, list | tuple):
        return len(value) > MANY or any(map(_is_long, value))
    return isinstance(value, str) and len(value) > LONG
