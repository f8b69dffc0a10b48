"""Texts and classes of a page that the browser writes by itself (see `assets/42-leaves.js`).

Each property that a Dash callback returns is a round of Dash's over all components of the page, some two milliseconds of a browser's time;
a page has dozens of words that nothing else listens to.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Leaf:
    """In place of a Dash Output of a live callback: the words, or the class, of a component that no callback has as an Input or State,
    and that is always there (a dialog's content is not)."""

    component_id: str | dict[str, str]
    component_property: Literal["children", "className"]

    @property
    def element_id(self) -> str:
        """The id of its element in the browser."""
        return self.component_id if isinstance(self.component_id, str) else json.dumps(self.component_id, sort_keys=True, separators=(",", ":"))

    def written(self, value: Any) -> list[Any]:
        """What the browser is handed: element, property, value. Raises TypeError for what isn't a text."""
        if value is None:
            value = ""
        if not isinstance(value, str):
            raise TypeError(f"{self.element_id}.{self.component_property} is {type(value).__name__}, no text.")
        return [self.element_id, {"children": "textContent", "className": "className"}[self.component_property], value]
