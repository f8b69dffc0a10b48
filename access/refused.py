"""What can't be as it is asked for."""


class Refused(ValueError):
    """A user or a key that can't be as asked for; the text is a sentence, the field first."""
