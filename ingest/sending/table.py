"""The table at the end of a transfer."""

from collections.abc import Sequence

from ingest.sending.tally import LINES_A_REASON, Counts, Reason, Tally

REASONS_SHOWN = 20
_REPEATED = "stored before, perhaps by an attempt that was cut off"


def table(tally: Tally, *, dry_run: bool = False) -> str:
    """Counts, and below them the reasons of refusals, the most frequent first."""
    return "\n".join([*_counts(tally.counts, dry_run), *_reasons(tally.reasons)])


def _counts(counts: Counts, dry_run: bool) -> list[str]:
    would = "would be " if dry_run else ""
    rows = [
        ("read", counts.read, ""),
        ("sent", counts.sent, "for judgement only: nothing was stored" if dry_run else ""),
        (f"  {would}new", counts.new, ""),
        (f"  {would}repeated", counts.repeated, _REPEATED if counts.repeated else ""),
        (f"  {would}rejected", counts.rejected, "kept in the server's quarantine" if counts.rejected and not dry_run else ""),
        *([("not sent", counts.unsent, "no request can hold them")] if counts.unsent else []),
    ]
    name, number = max(len(row[0]) for row in rows), max(len(f"{row[1]:,}") for row in rows)
    return [f"{what:<{name}}  {count:>{number},}  {note}".rstrip() for what, count, note in rows]


def _reasons(reasons: dict[str, Reason]) -> list[str]:
    if not reasons:
        return []
    by_count = sorted(reasons.items(), key=lambda each: -each[1].count)
    rows = [("events", "lines", "reason"), *((f"{reason.count:,}", _lines(reason), why) for why, reason in by_count[:REASONS_SHOWN])]
    more = len(by_count) - REASONS_SHOWN
    return ["", *_aligned(rows), *([f"and {more:,} further reasons"] if more > 0 else [])]


def _lines(reason: Reason) -> str:
    return ", ".join(map(str, reason.lines)) + (", …" if reason.count > LINES_A_REASON else "")


def _aligned(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    count, numbers = (max(len(row[column]) for row in rows) for column in (0, 1))
    return [f"{row[0]:>{count}}  {row[1]:<{numbers}}  {row[2]}" for row in rows]
