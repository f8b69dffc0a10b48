"""By which provider people may sign in: settings that go together, and what its claims make of them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from access.openid_settings import OpenIdSettings, granting
from access.roles import EVERYWHERE, Role
from settings import InvalidSetting, Settings

HERE = "https://factory.example"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("it=administrator", {"it": ((Role.ADMINISTRATOR, EVERYWHERE),)}),
        ("cn=leads,=viewer", None),
        ("a=b=viewer@north", {"a=b": ((Role.VIEWER, "north"),)}),
        ("x=viewer@a, x=viewer@b,", {"x": ((Role.VIEWER, "a"), (Role.VIEWER, "b"))}),
        *((wrong, None) for wrong in ("x", "x=", "=viewer", "x=camera", "x=boss", "x=viewer@")),
    ],
)
def test_what_roles_are_for_whom(text: str, found: Any) -> None:
    if found is None:
        with pytest.raises(ValueError):
            granting(text)
    else:
        assert granting(text) == found


def test_claims_lie_where_providers_put_them() -> None:
    nested = OpenIdSettings("https://x", "id", "secret", "realm_access.roles", granting("it=administrator@north, leads=viewer@north"))
    assert nested.roles_of({"realm_access": {"roles": ["leads", "it"]}}) == {"north": Role.ADMINISTRATOR}
    assert nested.roles_of({"realm_access": "it"}) == nested.roles_of({}) == {}


ALL = {"OIDC_ISSUER": "https://login.example", "OIDC_CLIENT_ID": "x", "OIDC_CLIENT_SECRET": "y", "OIDC_ROLES": "it=administrator", "PUBLIC_URL": HERE}


@pytest.mark.parametrize("left_out", ALL)
def test_half_a_provider_is_none(left_out: str) -> None:
    with pytest.raises(InvalidSetting, match=left_out):
        Settings.load({name: value for name, value in ALL.items() if name != left_out})


@pytest.mark.parametrize(("name", "value"), [("OIDC_ISSUER", "http://login.example"), ("OIDC_ISSUER", "login"), ("OIDC_ROLES", "it=boss")])
def test_settings_that_can_not_be(name: str, value: str) -> None:
    with pytest.raises(InvalidSetting, match=name):
        Settings.load(ALL | {name: value})


def test_a_server_without_a_provider_does_not_load_what_it_takes() -> None:
    asked = "import sys, app, services, access.openid; sys.exit(any(name.split('.')[0] in ('authlib', 'joserfc', 'cryptography') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", asked], check=False, cwd=Path(__file__).parents[1]).returncode == 0
