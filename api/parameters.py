"""Which parameters a query string may have: those that the route declares, and no others."""

from collections.abc import Collection

from flask import request
from msgspec import Struct
from msgspec.inspect import ListType, Metadata, StructType, Type, UnionType, type_info

from api.problems import Invalid


def names_of(query: type[Struct]) -> tuple[frozenset[str], frozenset[str]]:
    """The parameters of a query's shape, and those of them that may be given several times."""
    declared = type_info(query)
    assert isinstance(declared, StructType)
    return frozenset(field.encode_name for field in declared.fields), frozenset(field.encode_name for field in declared.fields if _is_list(field.type))


def check_names(known: Collection[str], lists: Collection[str]) -> None:
    """Refuse parameters that mean nothing here: a misspelt site_id must not become the main site. lists: those that may be repeated. Raises Invalid."""
    unknown = sorted(request.args.keys() - set(known))
    if unknown:
        raise Invalid(f"{unknown[0]}: is not a parameter; known are {', '.join(sorted(known)) or 'none here'}.")
    # A variable that a script forgot to set must not turn "only these" to "all".
    empty = [name for name, value in request.args.items(multi=True) if not value]
    if empty:
        raise Invalid(f"{empty[0]}: is empty; give it a value, or leave it out.")
    repeated = [name for name in request.args if name not in lists and len(request.args.getlist(name)) > 1]
    if repeated:
        raise Invalid(f"{repeated[0]}: may be given only once.")


def _is_list(declared: Type) -> bool:
    if isinstance(declared, Metadata):
        return _is_list(declared.type)
    return isinstance(declared, ListType) or (isinstance(declared, UnionType) and any(_is_list(one) for one in declared.types))
