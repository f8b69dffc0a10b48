"""The golden cases: settings, events and a query with the figures that metrics.md gives for them."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent


@dataclass(frozen=True)
class GoldenCase:
    """One case; `site` has further settings versions under `later`, `events` are JSON objects as posted."""

    name: str
    why: str
    site: dict
    query: dict
    events: list[dict]
    expected: dict


def load_cases() -> list[GoldenCase]:
    """All cases of tests/golden, by name."""
    return [_case(json.loads(path.read_text(encoding="utf-8"))) for path in sorted((TESTS / "golden").glob("*.json"))]


def _case(written: dict) -> GoldenCase:
    events = written["events"] if "events" in written else _lines(TESTS / written["events_file"])
    return GoldenCase(written["name"], written["why"], written["site"], written["query"], events, written["expected"])


def _lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def assert_matches(expected: dict, got: dict, *, beside: bool = False) -> None:
    """Every expected field equals the one that was got, to 1e-9, None exactly; the error names the path of each that doesn't.

    beside: whether got may hold further fields, as answers of the API do.
    """
    wrong = differences(expected, got, beside=beside)
    assert not wrong, "\n" + "\n".join(wrong)


def differences(expected: object, got: object, path: str = "", *, beside: bool = False) -> list[str]:
    """One line for each field that differs, with its full path."""
    if isinstance(expected, dict) and isinstance(got, dict):
        lines = [f"{_join(path, key)}: missing, expected {expected[key]!r}" for key in expected if key not in got]
        if not beside:
            lines += [f"{_join(path, key)}: not expected, got {got[key]!r}" for key in got if key not in expected]
        return lines + [line for key in expected if key in got for line in differences(expected[key], got[key], _join(path, key), beside=beside)]
    return [] if _same(expected, got) else [f"{path}: expected {expected!r}, got {got!r}"]


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else str(key)


def _same(expected: object, got: object) -> bool:
    if _is_number(expected) and _is_number(got):
        return math.isclose(expected, got, rel_tol=1e-9, abs_tol=1e-9)
    return type(expected) is type(got) and expected == got


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
