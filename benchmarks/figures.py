"""A measured figure, with the limit it is held against and the targets it should meet."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table.

    value: in `unit`. limit: what a loop without the product reaches in the same run, in the same unit; None where there is none.
    target: what `value` must reach, or stay under where `less_is_better`; target_ratio: the same of the ratio; None where none is set.
    paired: the ratio, where it is not that of value and limit but the median of several pairs.
    detail: labels of a figure that is too fine for the table.
    """

    section: str
    what: str
    value: float
    unit: str
    limit: float | None = None
    target: float | None = None
    less_is_better: bool = False
    target_ratio: float | None = None
    paired: float | None = None
    detail: tuple[str, ...] = ()

    @property
    def ratio(self) -> float | None:
        """The value as a part of its limit."""
        if self.paired is not None:
            return self.paired
        return None if not self.limit else self.value / self.limit

    @property
    def met(self) -> bool | None:
        """Whether all targets are met; None where there are none."""
        judged = [self._reaches(found, wanted) for found, wanted in ((self.value, self.target), (self.ratio, self.target_ratio)) if wanted is not None]
        return all(judged) if judged else None

    def _reaches(self, found: float | None, wanted: float) -> bool:
        return found is not None and (found <= wanted if self.less_is_better else found >= wanted)

    def as_json(self) -> dict[str, Any]:
        """The figure as results hold it."""
        return {**asdict(self), "ratio": self.ratio, "met": self.met}

    @staticmethod
    def from_json(entry: dict[str, Any]) -> "Figure":
        """The figure that `as_json` made this of."""
        given = {name: value for name, value in entry.items() if name not in ("ratio", "met")}
        return Figure(**{**given, "detail": tuple(entry["detail"])})
