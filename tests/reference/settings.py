"""Versions of a site's settings: rule 3, its last part."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Version:
    """Settings in force from a local day on, until the next version."""

    valid_from: date
    shifts: list[dict]
    exceptions: list[dict]
    signal_timeout: int | None  # microseconds; None is no limit
    min_confidence: float


def versions(site: dict) -> list[Version]:
    """The versions that remain after all changes, earliest first; a change replaces everything from its day on."""
    remaining = [_version(site, date.min)]
    for change in site.get("later") or []:
        new = _version(change, date.fromisoformat(change["valid_from"]) if change.get("valid_from") else date.min)
        remaining = [version for version in remaining if version.valid_from < new.valid_from] + [new]
    return remaining


def _version(fields: dict, valid_from: date) -> Version:
    seconds = fields.get("signal_timeout_seconds", 43_200)
    return Version(
        valid_from=valid_from,
        shifts=fields.get("shifts", []),
        exceptions=fields.get("exceptions", []),
        signal_timeout=None if seconds is None else round(seconds * 1_000_000),
        min_confidence=fields.get("min_confidence", 0),
    )


def in_force(remaining: list[Version], day: date) -> Version:
    """The version that rules a local day."""
    return [version for version in remaining if version.valid_from <= day][-1]


def has_schedule(remaining: list[Version]) -> bool:
    """Whether any version has a shift in its pattern or its exceptions."""
    return any(version.shifts or any(exception["shifts"] for exception in version.exceptions) for version in remaining)
