"""Other spellings of addresses and methods: the gate and the router read the same one, so that none leads around it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from rights import MARK, SECRET, Ground, ground

#: What only some may see: the address, its query, what only its answer holds, and who may not see it though he is known.
GUARDED = {
    "/metrics": ("", "factory_", "local"),
    "/audit": ("", "Check the chain", "local"),
    "/users": ("", "supervisor</", "local"),
    "/audit.csv": ("", "hash", "local"),
    "/api/quarantine": ("site_id=north", SECRET["north"], "viewer"),
    "/api/workers": ("site_id=south", MARK["south"], "local"),
    "/api/sites/south": ("", MARK["south"], "local"),
    "/export/workers.csv": ("site=south", MARK["south"], "local"),
    "/api/metrics/workers/W1": ("site_id=south", MARK["south"], "ingest key of all"),
}
#: As a server hands a path on: `%2e`, `%2f` and `%00` are decoded by then.
SPELT: dict[str, Callable[[str], str]] = {
    "a slash more": lambda path: f"/{path}",
    "many slashes": lambda path: path.replace("/", "///"),
    "a slash behind": lambda path: f"{path}/",
    "two slashes behind": lambda path: f"{path}//",
    "in capitals": str.upper,
    "a capital": str.title,
    "a parameter behind": lambda path: f"{path};x=1",
    "a parameter before": lambda path: f"/;x{path}",
    "a dot before": lambda path: f"/.{path}",
    "out of a folder": lambda path: f"/x/..{path}",
    "out of what is for everybody": lambda path: f"/health/..{path}",
    "out of the assets": lambda path: f"/assets/..{path}",
    "out of the assets with slashes": lambda path: f"/assets/../..{path}",
    "out of the components": lambda path: f"/_dash-component-suites/dash/..{path}",
    "out of the sign-in page": lambda path: f"/sign-in/..{path}",
    "with the other slash": lambda path: path.replace("/", "\\"),
    "behind the other slash": lambda path: f"/\\{path[1:]}",
    "an end behind": lambda path: f"{path}\0",
    "an end before another": lambda path: f"/health\0{path}",
    "an end of an asset": lambda path: f"{path}\0.css",
    "a blank behind": lambda path: f"{path} ",
    "a tab behind": lambda path: f"{path}\t",
    "a line behind": lambda path: f"{path}\n",
    "a line before": lambda path: f"/health\r\n{path}",
    "a dot behind": lambda path: f"{path}.",
    "a kind behind": lambda path: f"{path}.json",
    "an asset's kind behind": lambda path: f"{path}.css",
    "still encoded": lambda path: path.replace("a", "%61").replace("m", "%6d"),
    "a slash still encoded": lambda path: f"/%2f{path[1:]}",
    "an end still encoded": lambda path: f"{path}%00",
    "a question still encoded": lambda path: f"{path}%3fsite_id=south",
    "bytes that are no letters": lambda path: f"{path}\xff",
    "a slash of two bytes": lambda path: path.replace("/", "/\xc0\xaf"),
    "a wide slash": lambda path: path.replace("/", "\uff0f").encode().decode("latin-1"),
    "without a slash": lambda path: path[1:],
    "as an address": lambda path: f"http://localhost{path}",
    "as a host": lambda path: f"//evil.example{path}",
    "a mark in it": lambda path: f"{path}\u200b".encode().decode("latin-1"),
}
OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-Method")
REWRITES = ("X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Uri", "X-Forwarded-Prefix", "X-Script-Name", "X-Accel-Redirect", "Forwarded")
SPOOFED = [
    *({name: "127.0.0.1"} for name in ("X-Forwarded-For", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "X-Remote-Addr", "Client-IP")),
    *({name: "user:chief"} for name in ("X-Remote-User", "Remote-User", "X-Forwarded-User", "X-Authenticated-User", "X-User", "X-Forwarded-Email", "From")),
    {"Forwarded": "for=127.0.0.1;host=localhost;proto=https"},
    {"X-Forwarded-Host": "localhost", "X-Forwarded-Proto": "https"},
    {"Host": "localhost"},
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with ground(tmp_path_factory.mktemp("ground")) as found:
        yield found


def spelt(made: Ground, caller: str, method: str, path: str, query: str) -> Any:
    """Ask for an address by the very text that the router is handed."""
    return made.ask(caller, method, "/", environ_overrides={"PATH_INFO": path, "QUERY_STRING": query, "RAW_URI": path, "REQUEST_URI": path})


def test_the_addresses_themselves_show_it_to_who_may(made: Ground) -> None:
    """Else nothing could be stolen."""
    for path, (query, shown, caller) in GUARDED.items():
        assert shown in spelt(made, "chief", "GET", path, query).text, path
        assert spelt(made, caller, "GET", path, query).status_code in (403, 404), path


@pytest.mark.parametrize("spelling", SPELT)
def test_no_spelling_leads_around_the_gate(made: Ground, spelling: str) -> None:
    for path, (query, shown, caller) in GUARDED.items():
        for asking in ("nobody", "guest", caller):
            for method in ("GET", "HEAD", "POST", "OPTIONS", "TRACE", "PROPFIND"):
                answer = spelt(made, asking, method, SPELT[spelling](path), query)
                told = f"{asking}: {method} {path} {spelling} is {answer.status_code}"
                assert answer.status_code < 500, told
                assert shown not in answer.text, told
                if asking == "nobody" and answer.status_code not in (401, 303):
                    # Nobody is answered by what is for everybody alone.
                    assert path not in answer.text, told


@pytest.mark.parametrize("caller", ["nobody", "guest", "viewer", "read key"])
@pytest.mark.parametrize("name", OVERRIDES)
def test_no_header_makes_another_method_of_one(made: Ground, caller: str, name: str) -> None:
    before = made.contents()
    for other in ("DELETE", "PUT"):
        for method, path in (("GET", "/api/seed"), ("POST", "/api/workers/W1"), ("GET", "/api/workers/W1"), ("GET", "/users"), ("POST", "/api/sites/north")):
            answer = made.ask(caller, method, path, query_string={"site_id": "north", "_method": other}, headers={name: other}, data={"_method": other})
            assert answer.status_code in (303, 401, 403, 404, 405)
    assert made.contents() == before


@pytest.mark.parametrize("name", REWRITES)
def test_no_header_makes_another_address_of_one(made: Ground, name: str) -> None:
    for path, (_, shown, caller) in GUARDED.items():
        for asking in ("nobody", caller):
            for asked in ("/health", "/sign-in", "/api/openapi.json"):
                assert shown not in made.ask(asking, "GET", asked, headers={name: path}).text.replace(f'"{shown}', "")


@pytest.mark.parametrize("headers", SPOOFED, ids=lambda headers: " ".join(headers))
def test_no_header_makes_somebody_of_nobody(made: Ground, headers: dict[str, str]) -> None:
    for path, (query, *_) in GUARDED.items():
        assert made.ask("nobody", "GET", path, query_string=query, headers=headers).status_code in (401, 303), path
    assert made.ask("nobody", "GET", "/ready", headers=headers).status_code == 401


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_asking_for_less_needs_no_less(made: Ground, method: str) -> None:
    for path, (query, _, caller) in GUARDED.items():
        for asking in ("nobody", caller):
            given, less = spelt(made, asking, "GET", path, query), spelt(made, asking, method, path, query)
            if method == "HEAD":
                assert (less.status_code, less.text) == (given.status_code, ""), (asking, path)
            elif asking == "nobody":
                assert less.status_code in (401, 303), path
