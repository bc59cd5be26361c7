"""From dataclasses to JSON and back: each value bears the name of its kind."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import TypeAdapter


class Records:
    """Writes and reads values of a few kinds."""

    def __init__(self, kinds: Iterable[type]) -> None:
        """Know these kinds, by their names; how to read each is made out when it is first met."""
        self._kinds = {kind.__name__: kind for kind in kinds}
        self._adapters: dict[str, TypeAdapter[list[Any]]] = {}

    def dump(self, value: Any) -> Any:
        """Return `{kind: value}`, for JSON."""
        name = type(value).__name__
        return {name: self._adapter(name).dump_python([value], mode="json")[0]}

    def parse(self, line: Any) -> Any:
        """Return the value of such a line.

        Raises:
            ValueError: It is none.
        """
        if not isinstance(line, dict) or len(line) != 1:
            raise ValueError("a line holds one value under its kind")
        ((name, value),) = line.items()
        if name not in self._kinds:
            raise ValueError(f"there is no kind {name!r}")
        return self._adapter(name).validate_python([value])[0]

    def _adapter(self, name: str) -> "TypeAdapter[list[Any]]":
        from pydantic import ConfigDict, TypeAdapter

        if name not in self._adapters:
            # A list, since pydantic takes a configuration for dataclasses only from what holds them.
            kind: Any = list[self._kinds[name]]  # type: ignore[name-defined]
            config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")
            self._adapters[name] = TypeAdapter(kind, config=config)
        return self._adapters[name]
