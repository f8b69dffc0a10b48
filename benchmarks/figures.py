"""A measured figure, with the raw limit it is held against and the target it should meet."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One row of the table.

    value: in `unit`. limit: what a loop without the product reaches in the same run, in the same unit; None where there is none.
    target: what `value` must reach, or stay under where `less_is_better`; None where none is set.
    """

    section: str
    what: str
    value: float
    unit: str
    limit: float | None = None
    target: float | None = None
    less_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """The value as a part of its limit."""
        return None if not self.limit else self.value / self.limit

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        return self.value <= self.target if self.less_is_better else self.value >= self.target

    def as_json(self) -> dict[str, Any]:
        """The figure as results hold it."""
        return {**asdict(self), "ratio": self.ratio, "met": self.met}
