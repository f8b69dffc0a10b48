"""The roles that routes and callbacks name."""

from enum import StrEnum


class Role(StrEnum):
    """What a caller must be, from the least to the greatest."""

    ANYONE = "anyone"
    VIEWER = "viewer"
    CAMERA = "camera"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
