"""Signing in at the company's own provider: OpenID Connect, the authorization code flow with PKCE.

    browser ──▶ /sign-in/company ──▶ provider: who are you? ──▶ /sign-in/company/return?code ──▶ session
                 state, nonce, verifier kept here,                 the code for an ID token, of which
                 bound to the browser by a cookie                  signature and every claim is checked

Nobody who comes so is ever a local user: whoever the provider knows is known by issuer and subject alone. Roles are what its token says, anew
each time.
"""

import hashlib
import hmac
import json
import logging
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from access import audit, people, sessions, ways
from access.entry import is_here
from access.openid_settings import OpenIdSettings
from access.refused import Refused
from access.roles import Role
from access.tokens import digest
from data_layer.engine import Database

log = logging.getLogger(__name__)

#: Where the provider sends people back to.
RETURN = "/sign-in/company/return"
_PROVIDER_SECONDS = 5.0
_LEEWAY_SECONDS = 60
_METADATA_SECONDS, _KEYS_AGAIN_SECONDS = 3_600.0, 60.0
_AWAY_SECONDS = 5.0
_AWAY = "The company’s sign-in does not answer just now."
_MOST_BYTES = 256 * 1024
#: Signatures that only the provider can make.
_ALGORITHMS = ("RS256", "ES256")
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Unavailable(RuntimeError):
    """The provider doesn't answer, or nothing that could be used."""


class NotLetIn(ValueError):
    """Nobody gets in by this answer; the text is a sentence for whoever reads the page."""


@dataclass
class OpenId:
    """The way through one provider. redirect_uri: where it sends people back to. now: the clock of sessions and of the trail."""

    settings: OpenIdSettings
    redirect_uri: str
    database: Database
    now: Callable[[], datetime]
    _metadata: tuple[float, Mapping[str, Any]] | None = None
    _keys: tuple[float, Any] | None = None
    _away_until: float = 0.0

    def begin(self, browser: str, wanted: str) -> str:
        """Where to send a browser. browser: the cookie's text. wanted: where to go on to. Raises Unavailable."""
        endpoint = self._provider()["authorization_endpoint"]
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        address, _ = self._client().create_authorization_url(endpoint, state=state, nonce=nonce, code_verifier=verifier)
        with self.database.write() as connection:
            ways.set_out(connection, state, ways.Way(digest(browser), nonce, verifier, wanted), self.now())
        return str(address)

    def complete(self, given: Mapping[str, str], browser: str, program: str) -> tuple[str, str]:
        """Begin a session for whom the provider has sent back: its token, and where to go on to. Raises NotLetIn, Unavailable."""
        with self.database.write() as connection:
            one = ways.come_back(connection, given.get("state", ""), self.now())
        if one is None or not hmac.compare_digest(one.browser, digest(browser)):
            raise NotLetIn("This way of signing in is over, or was begun in another browser. Begin again.")
        # Who says that it always tells who answers must tell it (RFC 9207).
        usual = None if self._provider().get("authorization_response_iss_parameter_supported") else self.settings.issuer
        if given.get("iss", usual) != self.settings.issuer:
            raise NotLetIn("Another provider has answered than the one that was asked.")
        if "error" in given or not given.get("code"):
            raise NotLetIn("The provider has not let you in.")
        claims = self._claims(self._token(given["code"], one.verifier), one.nonce)
        return self._let_in(claims, program), one.wanted

    def _client(self) -> Any:
        # A dozen modules that most servers never need.
        from authlib.integrations.requests_client import OAuth2Session

        how = {"scope": "openid profile", "redirect_uri": self.redirect_uri, "code_challenge_method": "S256", "default_timeout": _PROVIDER_SECONDS}
        return OAuth2Session(self.settings.client_id, self.settings.client_secret, **how)

    def _token(self, code: str, verifier: str) -> str:
        from authlib.common.errors import AuthlibBaseError
        from requests import RequestException

        try:
            # Code and secret are for this address and no other.
            how = {"grant_type": "authorization_code", "allow_redirects": False}
            answer = self._client().fetch_token(self._provider()["token_endpoint"], code=code, code_verifier=verifier, **how)
        except (RequestException, ValueError) as error:
            raise self._unavailable("token endpoint", error) from None
        except AuthlibBaseError as error:
            log.warning("The provider gives no token for a code: %s.", error.error)
            raise NotLetIn("The provider has not let you in.") from None
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise NotLetIn("The provider has not said who you are.")
        return token

    def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        """What a token says, once all of it was checked. Raises NotLetIn, Unavailable."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        of = self.settings
        wanted: dict[str, Any] = {name: {"essential": True} for name in ("sub", "exp", "iat")}
        wanted |= {"iss": {"essential": True, "value": of.issuer}, "aud": {"essential": True, "value": of.client_id}}
        wanted["nonce"] = {"essential": True, "value": nonce}
        try:
            claims = self._decoded(token).claims
            jwt.JWTClaimsRegistry(leeway=_LEEWAY_SECONDS, **wanted).validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            log.warning("The provider's ID token is refused: %s.", type(error).__name__)
            raise NotLetIn("What the provider says of you can’t be believed.") from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else of.client_id) != of.client_id or not claims["sub"]:
            raise NotLetIn("What the provider says of you is meant for somebody else.")
        return dict(claims)

    def _decoded(self, token: str) -> Any:
        from joserfc import jwt
        from joserfc.errors import BadSignatureError, InvalidKeyIdError

        try:
            return jwt.decode(token, self._key_set(), algorithms=_ALGORITHMS)
        except (InvalidKeyIdError, BadSignatureError):
            # It may have other keys by now; who sends nonsense makes us ask once a minute.
            return jwt.decode(token, self._key_set(_KEYS_AGAIN_SECONDS), algorithms=_ALGORITHMS)

    def _key_set(self, older: float = _METADATA_SECONDS) -> Any:
        from joserfc.jwk import KeySet

        if self._keys is None or time.monotonic() - self._keys[0] > older:
            try:
                listed = self._fetched(self._provider()["jwks_uri"])["keys"]
                found = [key for one in listed if (key := _key(one)) is not None]
            except (TypeError, KeyError) as error:
                raise self._unavailable("keys", error) from None
            self._keys = (time.monotonic(), KeySet(found))
        return self._keys[1]

    def _provider(self) -> Mapping[str, Any]:
        """Its addresses. Raises Unavailable."""
        if self._metadata is None or time.monotonic() - self._metadata[0] > _METADATA_SECONDS:
            found = self._fetched(f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found.get("issuer") != self.settings.issuer or not all(is_trusted(found.get(name)) for name in _ENDPOINTS):
                raise self._unavailable("configuration", ValueError("it names another issuer, or addresses without TLS"))
            self._metadata = (time.monotonic(), found)
        return self._metadata[1]

    def _fetched(self, address: str) -> Mapping[str, Any]:
        import requests

        if time.monotonic() < self._away_until:
            raise Unavailable(_AWAY)
        try:
            # With what looks like a sign-in of its own, none is taken from a file of the server's user.
            with requests.get(address, timeout=_PROVIDER_SECONDS, stream=True, allow_redirects=False, auth=lambda asked: asked) as answer:
                body = answer.raw.read(_MOST_BYTES, decode_content=True)
                answer.raise_for_status()
            found = json.loads(body)
        except (requests.RequestException, ValueError, OSError, RecursionError) as error:
            # Whoever asks meanwhile need not wait as long.
            self._away_until = time.monotonic() + _AWAY_SECONDS
            raise self._unavailable(urlsplit(address).path, error) from None
        if not isinstance(found, dict):
            raise self._unavailable(urlsplit(address).path, ValueError("no object"))
        return found

    def _unavailable(self, what: str, error: Exception) -> Unavailable:
        log.warning("The provider %s can't be used: %s: %s.", self.settings.issuer, what, type(error).__name__)
        return Unavailable(_AWAY)

    def _let_in(self, claims: Mapping[str, Any], program: str) -> str:
        subject = hashlib.sha256(f"{self.settings.issuer}\0{claims['sub']}".encode()).hexdigest()
        roles = self.settings.roles_of(claims)
        try:
            with self.database.write() as connection:
                user = self._renewed(connection, people.find_by_subject(connection, subject), subject, claims, roles)
                if user is not None and roles and not user.disabled:
                    sessions.sweep(connection, self.now())
                    audit.note(connection, self.now(), user.actor, "signed in", details={"by": "provider"})
                    return sessions.begin(connection, user.user_id, program, self.now())
                because, who = ("disabled" if user is not None and user.disabled else "no role"), "" if user is None else user.user_id
                audit.note(connection, self.now(), "provider", "sign-in refused", subject=who, details={"because": because})
        except Refused as error:
            # Nothing of it is kept: somebody must be left who administers.
            log.warning("The provider's roles can't be had: %s", error)
            with self.database.write() as connection:
                audit.note(connection, self.now(), "provider", "sign-in refused", details={"because": "roles"})
            raise NotLetIn(_NOTHING) from None
        raise NotLetIn(_DISABLED if because == "disabled" else _NOTHING)

    def _renewed(self, connection: Any, user: people.User | None, subject: str, claims: Mapping[str, Any], roles: Mapping[str, Role]) -> people.User | None:
        """Enter somebody who has a role, or give them the roles that the provider names now, be it none: then they are out everywhere. Raises Refused."""
        if user is None:
            if not roles:
                return None
            user_id = people.create_user(connection, _login(connection, claims), roles, self.now(), name=_text(claims.get("name")), subject=subject)
            audit.note(connection, self.now(), "provider", "user entered", subject=user_id, details={"roles": dict(roles)})
            return people.find(connection, user_id)
        if dict(user.roles) != roles:
            people.set_roles(connection, user.user_id, roles)
            audit.note(connection, self.now(), "provider", "roles changed", subject=user.user_id, details={"before": dict(user.roles), "after": dict(roles)})
        if not roles:
            sessions.end(connection, user.user_id)
        return people.find(connection, user.user_id)


_NOTHING = "You are known, but nothing here is for you. Ask whoever administers this server."
_DISABLED = "Your login lets nobody in. Ask whoever administers this server."


def is_trusted(address: object) -> bool:
    """Whether nobody can have answered in the place of an address: it has TLS, or is this machine."""
    if not isinstance(address, str):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and is_here(parts.hostname or "")))


def _login(connection: Any, claims: Mapping[str, Any]) -> str:
    """What to call somebody in lists: nobody signs in by it, and nobody else has it."""
    wanted = f"company:{_text(claims.get('preferred_username')) or _text(claims.get('email')) or 'somebody'}"
    taken = people.find_by_login(connection, wanted) is not None
    return f"{wanted} ({secrets.token_hex(3)})" if taken else wanted


def _text(value: object) -> str:
    """A claim as a name; '' where it is none."""
    return value.strip()[:150] if isinstance(value, str) and value.isprintable() else ""


def _key(described: Any) -> Any:
    """A key of the provider's; None for what is none that is known here: the others may be."""
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    try:
        return import_key(described)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
