"""Passwords: argon2id, at the cost that the library's authors recommend."""

import threading
from dataclasses import dataclass, field
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

#: Longer ones are refused unread: hashing is dear, and nobody types so much.
MOST_CHARACTERS = 128
LEAST_CHARACTERS = 12


class Unfit(ValueError):
    """A password that nobody should have; the text is a sentence."""


@dataclass
class Passwords:
    """Hashes and compares passwords, one at a time: each takes 64 MiB, and a crowd at the door must not take the server's memory."""

    hasher: PasswordHasher = field(default_factory=PasswordHasher)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def _nobody(self) -> str:
        return self.hasher.hash("nobody has this password")

    def hashed(self, password: str) -> str:
        """What is stored of a password."""
        with self._turn:
            return self.hasher.hash(password)

    def match(self, stored: str | None, password: str) -> bool:
        """Whether a password is the one that is stored; it takes as long where none is, so that nobody learns who has one."""
        if len(password) > MOST_CHARACTERS:
            return False
        try:
            with self._turn:
                # At hand whoever asks: making it takes time too.
                nobody = self._nobody
                return self.hasher.verify(stored or nobody, password) and bool(stored)
        except (VerifyMismatchError, InvalidHashError):
            return False

    def outdated(self, stored: str) -> bool:
        """Whether a password was hashed at less than today's cost, and should be hashed anew while it is known."""
        return self.hasher.check_needs_rehash(stored)


def check_fit(password: str, login: str) -> None:
    """Raises Unfit for a password that is too short, too long or the login itself. Nothing else is asked of it: length is what counts."""
    if len(password) < LEAST_CHARACTERS:
        raise Unfit(f"password: must have at least {LEAST_CHARACTERS} characters.")
    if len(password) > MOST_CHARACTERS:
        raise Unfit(f"password: must have at most {MOST_CHARACTERS} characters.")
    if login and login.casefold() in password.casefold() and len(password) < len(login) + LEAST_CHARACTERS // 2:
        raise Unfit("password: must not be the name you sign in with.")
    if len(set(password)) < LEAST_CHARACTERS // 2:
        raise Unfit(f"password: must have at least {LEAST_CHARACTERS // 2} different characters.")
