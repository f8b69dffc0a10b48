"""A provider of identities on loopback, as true or as false as a test wants it."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from listening import listening
from werkzeug.wrappers import Request, Response

CLIENT, SECRET = "dashboard", "not told to anybody"


@dataclass
class Provider:
    """What it knows and says. person: claims of whoever signs in. spoil: what becomes of the claims of a token before it is signed. sign: in place of a
    signature. configuration: in place of parts of what it says of itself.
    """

    address: str = ""
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "0815", "preferred_username": "mara", "name": "Mara Vogt", "roles": ["leads"]})
    spoil: Callable[[dict[str, Any]], dict[str, Any]] = dict
    sign: Callable[["Provider", dict[str, Any]], str] | None = None
    configuration: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "first"}, private=True))
    down: bool = False
    #: Where the token's address sends those who ask it.
    elsewhere: str = ""
    more_keys: list[Any] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def approve(self, location: str) -> str:
        """Somebody signs in where they were sent to: the query string that brings them back."""
        asked = {name: values[-1] for name, values in parse_qs(urlsplit(location).query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return urlencode({"code": code, "state": asked["state"], "iss": self.address})

    def answer(self, request: Request) -> Response:
        self.asked[request.path] = self.asked.get(request.path, 0) + 1
        if self.down:
            return Response("Gone fishing.", 503)
        if request.path == "/.well-known/openid-configuration":
            paths = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
            return _json({"issuer": self.address, **{name: self.address + path for name, path in paths.items()}, **self.configuration})
        if request.path == "/keys":
            return _json({"keys": [*self.more_keys, self.key.as_dict(private=False)]})
        if self.elsewhere:
            return Response("", 307, {"Location": self.elsewhere})
        return self._token(request.form, request.authorization)

    def _token(self, form: Mapping[str, str], client: Any) -> Response:
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = _encoded(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        known = client is not None and (client.username, client.password) == (CLIENT, SECRET)
        if asked is None or not known or asked["code_challenge"] != challenge or asked["redirect_uri"] != form.get("redirect_uri"):
            return _json({"error": "invalid_grant"}, 400)
        now = int(time.time())
        usual = {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"], **self.person}
        claims = self.spoil(usual)
        token = self.sign(self, claims) if self.sign else jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)
        return _json({"access_token": "opaque", "token_type": "Bearer", "id_token": token})


def unsigned(_provider: Provider, claims: dict[str, Any]) -> str:
    """A token with the algorithm "none"."""
    return f"{_parts({'alg': 'none'}, claims)}."


def with_the_public_key_as_secret(provider: Provider, claims: dict[str, Any]) -> str:
    """A token whose signature anybody can make who knows what is public."""
    signed = _parts({"alg": "HS256", "kid": provider.key.kid}, claims)
    return f"{signed}.{_encoded(hmac.digest(provider.key.as_pem(private=False), signed.encode(), hashlib.sha256))}"


def with_another_key(provider: Provider, claims: dict[str, Any]) -> str:
    """A token of somebody who only says who he is."""
    return jwt.encode({"alg": "RS256", "kid": provider.key.kid}, claims, RSAKey.generate_key(2048, private=True))


def _parts(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status, content_type="application/json")


@contextmanager
def provider() -> Iterator[Provider]:
    """One that answers."""
    made = Provider()

    @Request.application
    def application(request: Request) -> Response:
        return made.answer(request)

    with listening(application) as port:
        made.address = f"http://127.0.0.1:{port}"
        yield made
