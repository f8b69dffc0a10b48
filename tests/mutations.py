"""Safeguards taken away one by one, and the test that misses each (T12 of docs/reliability.md)."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_ROOMS = (
    "access",
    "api",
    "assets",
    "callbacks",
    "components",
    "data_layer",
    "docs",
    "examples",
    "federation",
    "ingest",
    "jobs",
    "metrics",
    "scripts",
    "sharing",
    "tests",
    "watching",
)
_FAILED = 1
_WITHIN_SECONDS = 240


@dataclass(frozen=True, slots=True)
class Mutation:
    """An edit that a safeguard doesn't survive. test: of `tests/`, which must fail after it."""

    what: str
    file: str
    old: str
    new: str
    test: str

    def applied(self, source: str) -> str:
        """The source without the safeguard. Raises ValueError unless it stands there exactly once."""
        if source.count(self.old) != 1:
            raise ValueError(f"{self.what}: {self.file} holds it {source.count(self.old)} times.")
        return source.replace(self.old, self.new)


MUTATIONS = (
    Mutation("acknowledged before the data is on disk", "data_layer/sqlite.py", '"synchronous=FULL"', '"synchronous=NORMAL"', "test_on_disk.py"),
    Mutation("writers begin without the write lock", "data_layer/sqlite.py", 'begin="BEGIN IMMEDIATE"', 'begin="BEGIN"', "test_engine.py"),
    Mutation("any SQLite is trusted with WAL", "data_layer/sqlite.py", "return version >= newest or", "return True or version >= newest or", "test_engine.py"),
    Mutation("two processes may write", "data_layer/lock.py", "fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)", "pass", "test_engine.py"),
    Mutation(
        "identity isn't unique",
        "data_layer/migrations/versions/0001_the_first_tables.py",
        '"count", "source", "client_event_id"], unique=True',
        '"count", "source", "client_event_id"], unique=False',
        "test_event_identity.py",
    ),
    Mutation(
        "client ids aren't unique",
        "data_layer/migrations/versions/0001_the_first_tables.py",
        '["site_id", "source", "client_event_id"],\n        unique=True',
        '["site_id", "source", "client_event_id"],\n        unique=False',
        "test_event_identity.py",
    ),
    Mutation(
        "a repeat takes the place of the first",
        "ingest/rows_in_sqlite.py",
        "INSERT OR IGNORE INTO events",
        "INSERT OR REPLACE INTO events",
        "test_event_identity.py",
    ),
    Mutation(
        "what comes late takes the place of what is newer",
        "data_layer/remote.py",
        "(told.revision, told.told_at) < (known.revision, known.told_at)",
        "False",
        "test_site_sums.py",
    ),
    Mutation(
        "sums that changed aren't told",
        "data_layer/catching_up.py",
        "note_changes(connection, site_id, changes, *((work.low, work.high) if work.entire else ()))",
        "pass",
        "test_forwarding.py",
    ),
    Mutation(
        "nobody notices what a central server has lost",
        "federation/telling.py",
        "is_known = from_scratch or before == of.acknowledged",
        "is_known = True",
        "test_forwarding.py",
    ),
    Mutation("days that are no more stay", "federation/telling.py", "now, first_kept_day(site) if from_scratch else None", "now, None", "test_forwarding.py"),
    Mutation("stretches to be told pile up", "data_layer/outbox.py", "    if met:\n", "    if False:\n", "test_forwarding.py"),
    Mutation("new events aren't handed on", "ingest/store.py", "self._note_unsent(connection, events, stored)", "pass", "test_forwarding_events.py"),
    Mutation(
        "events leave a site that shows nobody",
        "federation/telling.py",
        "rule.level is not Level.INDIVIDUAL",
        "False",
        "test_forwarding_events.py",
    ),
    Mutation(
        "the laxer rule of two holds",
        "data_layer/elsewhere.py",
        "is_hidden = hidden(site",
        "is_hidden = False and hidden(site",
        "test_sites_elsewhere_on_pages.py",
    ),
    Mutation("events leave no invalidation", "ingest/store.py", "            _invalidate(connection, new)\n", "            pass\n", "test_refresh.py"),
    Mutation(
        "a refresh forgets what came meanwhile",
        "data_layer/catching_up.py",
        "delete(tables.invalidations).where(tables.invalidations.c.invalidation_id.in_(consumed))",
        "delete(tables.invalidations).where(tables.invalidations.c.site_id == site_id)",
        "test_refresh.py",
    ),
    Mutation(
        "invalidations are gone before their rows are written",
        "data_layer/catching_up.py",
        "    with database.write(beside_others=True) as connection:\n        if held_revision",
        "    with database.write() as connection:\n"
        "        connection.execute(delete(tables.invalidations).where(tables.invalidations.c.invalidation_id.in_(consumed)))\n"
        "    with database.write(beside_others=True) as connection:\n        if held_revision",
        "test_faultpoints.py",
    ),
    Mutation(
        "invalidations of several passes go with the last, whatever became of the first",
        "data_layer/catching_up.py",
        "        if not run_pass(database, site_id, work, frames.names, list(ids) if number == len(works) else [], counts):\n            return\n",
        "        run_pass(database, site_id, work, frames.names, list(ids) if number == len(works) else [], counts)\n",
        "test_refresh.py",
    ),
    Mutation(
        "what was rolled back is remembered",
        "ingest/writer.py",
        "failed=True))\n        self.store.forget()\n",
        "failed=True))\n",
        "test_writer.py",
    ),
    Mutation(
        "the refresher isn't told if the answer fails",
        "ingest/writer.py",
        '            try:\n                faultpoint("writer: committed")\n            finally:\n                self._tell(jobs, receipts)\n',
        '            faultpoint("writer: committed")\n            self._tell(jobs, receipts)\n',
        "test_faultpoints.py",
    ),
    Mutation(
        "an error ends the writer", "ingest/writer.py", "            except Exception as error:\n", "            except OSError as error:\n", "test_writer.py"
    ),
    Mutation("the queue has no end", "ingest/writer.py", "self._waiting + job.size > _EVENTS_WAITING", "self._waiting < 0", "test_writer.py"),
    Mutation("events may take every thread", "ingest/entrance.py", "return self._taken < self._places()", "return True", "test_entrance.py"),
    Mutation("one bad event costs its neighbours", "ingest/writer.py", "if len(events) == 1:", "if len(events) >= 1:", "test_writer.py"),
    Mutation(
        "what is refused isn't kept",
        "ingest/writer.py",
        "[*(_kept(rejection, job.scope) for rejection in receipt.rejected), *job.quarantined]",
        "[*job.quarantined]",
        "test_api_quarantine.py",
    ),
    Mutation("a replay that failed counts as done", "ingest/writer.py", "        elif not receipt.rejected:\n", "        else:\n", "test_api_quarantine.py"),
    Mutation(
        "a body may be of any size once inflated",
        "api/body.py",
        "return inflating.inflated(body, MOST_BYTES)",
        "return inflating.inflated(body, 10**12)",
        "test_malformed_requests.py",
    ),
    Mutation("late events come behind the seal", "ingest/registry.py", "(why := self._too_old(event) or ", "(why := ", "test_retention_rules.py"),
    Mutation("nobody's last events are kept", "data_layer/retention/deleting.py", "_at.not_in(last)", "_at.not_in([])", "test_retention.py"),
    Mutation(
        "events are deleted that no file holds",
        "data_layer/retention/sealing.py",
        'self.archive.write("events", low, high, EVENT_COLUMNS, rows)',
        "pass",
        "test_retention_faults.py",
    ),
    Mutation(
        "a pass writes over what was sealed meanwhile",
        "data_layer/catching_up.py",
        "if held_revision(connection, site_id) != site.revision:",
        "if held_revision(connection, site_id) is None:",
        "test_retention_rules.py",
    ),
    Mutation("a restore trusts any file", "data_layer/retention/archive.py", "or _digest(path) != entry.sha256", "or False", "test_retention_rules.py"),
)


def survives(mutation: Mutation, folder: Path) -> bool:
    """Whether its test passes on a copy of the product without the safeguard: then nobody would miss it."""
    copy = folder / "copy"
    copy.mkdir()
    for room in _ROOMS:
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__", "screenshots", "browser"))
    for file in [*ROOT.glob("*.py"), *ROOT.glob("*.toml"), *ROOT.glob("*.md"), *ROOT.glob("*.txt")]:
        shutil.copy(file, copy)
    target = copy / mutation.file
    target.write_text(mutation.applied(target.read_text()))
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", f"tests/{mutation.test}"]
    done = subprocess.run(
        command,
        cwd=copy,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "HYPOTHESIS_PROFILE": "unshrunk"},
        capture_output=True,
        text=True,
        timeout=_WITHIN_SECONDS,
        check=False,
    )
    shutil.rmtree(copy)
    if done.returncode not in (0, _FAILED):
        raise AssertionError(f"{mutation.what}: the tests could not be run: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.returncode == 0
