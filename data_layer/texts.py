"""What ids and names can be stored."""

ID_LENGTH = 128
NAME_LENGTH = 200
TYPE_LENGTH = 64


class InvalidText(ValueError):
    """A text that can't be stored; the message is a sentence that starts with the field."""


def checked_id(value: object, field: str) -> str:
    """An id that can be stored. Raises InvalidText."""
    if not isinstance(value, str) or not 0 < len(value) <= ID_LENGTH or "\0" in value:
        raise InvalidText(f"{field}: must be a text of 1 to {ID_LENGTH} characters.")
    return value


def checked_text(value: object, field: str, longest: int = NAME_LENGTH) -> str:
    """A name that can be stored. Raises InvalidText."""
    if not isinstance(value, str) or not 0 < len(value.strip()) <= len(value) <= longest or "\0" in value:
        raise InvalidText(f"{field}: must be a text of 1 to {longest} characters.")
    return value
