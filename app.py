"""The Factory Productivity Dashboard: `python app.py` serves it, `create_app` builds it.

The parent process only watches over the one worker that serves, so nothing heavy is imported before a function needs it.
"""

from __future__ import annotations

import gc
import logging
import multiprocessing
import multiprocessing.util
import os
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from data_layer.lock import AlreadyOpen, hold
from settings import InvalidSetting, Settings
from watching import logs

if TYPE_CHECKING:
    from dash import Dash
    from flask import Flask

    from access.entry import Entry
    from services import Services

log = logging.getLogger("app")  # as a program, this module is called otherwise

ASSETS = Path(__file__).parent / "assets"
#: Folders of assets that no page loads at once: what shows /api/docs, the charts' library, and the look of the pages outside the dashboard.
LATER = ["^api-docs$", "^charts$", "^doors$"]
#: Dash's own page, with the language that screen readers go by.
_PAGE = """<!DOCTYPE html>
<html lang="en">
    <head>
        {%metas%}
        <title>{%title%}</title>
        {%favicon%}
        {%css%}
    </head>
    <body data-entry="{%entry%}">
        {%app_entry%}
        <footer>{%config%}{%scripts%}{%renderer%}</footer>
    </body>
</html>"""
_WATCH_PARENT_SECONDS = 1.0
_STOP_WITHIN_SECONDS = 3  # a client that stopped in mid-request, unplugged perhaps, must not keep the server from ending


def create_app(services: Services) -> Dash:
    """The app on some services: API and pages on one Flask server."""
    from dash import Dash
    from dash.exceptions import DependencyException
    from flask import Flask

    import api
    import callbacks
    from access.roles import OPEN
    from access.web import doors, headers
    from access.web.gate import principal
    from api.problems import problem

    server = Flask("factory", static_folder=None)
    api.register(server, services)
    doors.register(server)
    app = Dash(
        "factory",
        server=server,
        assets_folder=str(ASSETS),
        assets_path_ignore=LATER,
        title="Factory Productivity",
        update_title=None,
        use_async=False,
        enable_mcp=False,
        index_string=_PAGE,
        # Else Dash sends every page's layout along and compares all callbacks with it, in each browser; tests/test_callbacks.py does it once.
        suppress_callback_exceptions=True,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    # Dash has no answer of its own for a file that it doesn't know.
    server.register_error_handler(DependencyException, lambda _: problem(404, "There is no such file."))
    callbacks.register_all(app, services)
    # Once all callbacks are there, of which some stand in the page.
    headers.register(server, headers.policy(app.csp_hashes(), styles=True), services.settings.public_url)
    written = app.interpolate_index
    # Who need not sign in is told so by the page itself, not a moment later.
    app.interpolate_index = lambda **parts: written(**parts).replace("{%entry%}", "open" if principal() is OPEN else "closed")
    return app


def wsgi() -> Flask:
    """The server for a WSGI process, on the settings of its environment."""
    from sqlalchemy.exc import OperationalError

    settings = Settings.load()
    logs.set_up(settings.log_level, settings.log_format)
    _end_with_parent()
    try:
        return _serving(settings)
    except AlreadyOpen as error:
        log.error(str(error))
    except OperationalError as error:
        log.error("The database cannot be used: %s", error.orig)
    except Exception:
        log.exception("The server cannot start.")
    os._exit(1)


def _serving(settings: Settings) -> Flask:
    from services import start_services
    from watching.release import version

    services = start_services(settings)
    # A worker that was forked ends without atexit's functions, but not without these.
    multiprocessing.util.Finalize(None, services.close, exitpriority=1)
    server: Flask = create_app(services).server
    # What is there now stays for good: a collection that looks at it again costs 60 ms, in the middle of somebody's question.
    gc.collect()
    gc.freeze()
    _say_who_may_come(services.entry, settings)
    log.info("Release %s serves %s with %s.", version(), services.database.url.database, services.database.product.named)
    return server


def _say_who_may_come(entry: Entry, settings: Settings) -> None:
    """Where to make the first administrator, if nobody can sign in and nobody is let in without."""
    token = None if entry.bound_here else entry.set_up.token()
    if token is None:
        return
    host = "localhost" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - what it is bound to is no address to go to
    address = f"{settings.public_url or f'http://{host}:{settings.port}'}/set-up/{token}"
    log.warning("Nobody can sign in yet, and nothing else is served. Open %s within 24 hours to make the administrator.", address)
    log.warning("It works once; the file %s holds its last part.", entry.set_up.path)


def _end_with_parent() -> None:
    """A worker whose parent has died must not go on serving beside the next one: it would write to the same database."""
    watched = multiprocessing.parent_process()
    parent = os.getppid() if watched is None else watched.pid  # which may have died already
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(_WATCH_PARENT_SECONDS):
            if os.getppid() != parent:
                os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def _refused(settings: Settings) -> str | None:
    """Why nothing can be served here, if so: said at once, before a worker fails at it."""
    path = settings.database_url.removeprefix("sqlite:///")
    # Where a server holds the database, the worker says whether it answers.
    is_file = path != settings.database_url
    return (_database_refused(Path(path)) if is_file else None) or _address_refused(settings.host, settings.port)


def _database_refused(path: Path) -> str | None:
    try:
        hold(path).close()
    except AlreadyOpen as error:
        return str(error)
    except OSError as error:
        return f"Cannot write to {path} ({error.strerror}): set DATABASE_URL to a file in a folder that can be written to."
    return None


def _address_refused(host: str, port: int) -> str | None:
    """Two servers would share the port, and each get some of the events."""
    try:
        family, kind, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            # What the last server's connections leave behind is no obstacle; a server that listens is.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return f"Cannot listen at {host}, port {port} ({error.strerror}): stop what uses it, or set HOST and PORT to others."
    return None


def _say(settings: Settings, level: int, sentence: str) -> None:
    """A sentence for whoever starts the server, plain; where something collects the log, a line of it."""
    if settings.log_format == logs.JSON:
        log.log(level, sentence)
    else:
        print(sentence, file=sys.stderr if level >= logging.ERROR else sys.stdout, flush=True)


def main() -> int:
    """Serve until told to stop."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    try:
        settings = Settings.load()
    except InvalidSetting as error:
        print(error, file=sys.stderr)  # noqa: T201 - how to log is a setting too
        return 2
    logs.set_up(settings.log_level, settings.log_format)
    refused = _refused(settings)
    if refused:
        _say(settings, logging.ERROR, refused)
        return 1
    _say(settings, logging.INFO, f"Factory Productivity Dashboard: http://{settings.host}:{settings.port}/  (Ctrl+C stops it)")
    Granian(
        "app:wsgi",
        factory=True,
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=settings.threads,
        websockets=False,
        workers_kill_timeout=_STOP_WITHIN_SECONDS,
        log_level=LogLevels.error,
        log_dictconfig=logs.of_the_web_server(),
        working_dir=Path(__file__).parent,
    ).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
