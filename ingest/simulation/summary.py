"""What the command says: a line while it plays, and the table at its end."""

from datetime import datetime

from ingest.sending.tally import Counts, Tally

_BEHIND_SECONDS = 60


def line(now: datetime, story: datetime, counts: Counts, waiting: int, workers: tuple[int, int]) -> str:
    """How it goes. now, story: local times, of the clock and of what was sent last. workers: at work, and in all."""
    told = f"{now:%H:%M:%S}  {counts.new:,} events new, {counts.repeated:,} repeated, {counts.rejected:,} rejected"
    held = f", {waiting:,} waiting for the server" if waiting else ""
    behind = f", the story is at {story:%a %H:%M}" if (now - story).total_seconds() > _BEHIND_SECONDS else ""
    return f"{told}{held}; {workers[0]} of {workers[1]} workers at work{behind}"


def table(begin: datetime, end: datetime, counts: Counts, tally: Tally) -> str:
    """What has become of everything. begin, end: local times of the story that was sent."""
    rows = [
        ("sent", counts.sent, ""),
        ("  new", counts.new, ""),
        ("  repeated", counts.repeated, "sent again by a camera, or stored by an earlier run" if counts.repeated else ""),
        ("  rejected", counts.rejected, "kept in the server's quarantine" if counts.rejected else ""),
    ]
    number = max(len(f"{count:,}") for _, count, _ in rows)
    counted = [f"{what:<10}  {count:>{number},}  {note}".rstrip() for what, count, note in rows]
    reasons = [f"{reason.count:>{number + 12},}  {why}" for why, reason in sorted(tally.reasons.items(), key=lambda each: -each[1].count)]
    return "\n".join([f"played from {begin:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} ({end.tzinfo})", *counted, *reasons])
