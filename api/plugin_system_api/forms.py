"""How requests are read: unknown fields and query parameters are errors, never ignored."""

from collections.abc import Mapping
from itertools import islice
from typing import Any
from urllib.parse import parse_qsl

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from plugin_system.choices import REASON_MAX_LENGTH
from plugin_system_api.errors import InvalidQueryError
from plugin_system_api.limits import ERRORS_MAX

_PARAMETERS_MAX = 100


class Form(serializers.Serializer[Any]):
    """A body or a query: of the fields it declares and no others, and of at least ``fewest_members``."""

    fewest_members = 0

    def to_internal_value(self, data: Any) -> Any:
        """Return the validated values, or refuse what is no object and what is not declared."""
        if not isinstance(data, Mapping):
            raise ValidationError([ErrorDetail("This must be an object.", "not_an_object")])
        unknown = list(islice((name for name in data if name not in self.fields), ERRORS_MAX))
        if unknown:
            known = ", ".join(self.fields) or "none"
            raise ValidationError(
                {name: [ErrorDetail(f"There is no such member; known: {known}.", "unknown")] for name in unknown}
            )
        if len(data) < self.fewest_members:
            raise ValidationError([ErrorDetail(f"Give at least one of {', '.join(self.fields)}.", "empty")])
        return super().to_internal_value(data)


class Input(Form):
    """The body of a request."""

    def pointer_to(self, row_id: str) -> str:
        """Return where the body names the row, as a JSON pointer."""
        return ""


class WriteInput(Input):
    """The body of a change: what every one of them takes."""

    dry_run = serializers.BooleanField(
        default=False, help_text="Answer what would be done, by doing it and taking it back; nothing is recorded."
    )
    reason = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=REASON_MAX_LENGTH,
        help_text="Why; kept in the record of the change. A host may demand one.",
    )


class Query(Form):
    """The query of a URL."""

    @classmethod
    def read(cls, text: str) -> "Query":
        """
        Return the query of that text, validated.

        :raises InvalidQueryError: a parameter is unknown, wrong, or given twice where it is no list.
        """
        try:
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_PARAMETERS_MAX)
        except ValueError as error:
            raise InvalidQueryError([ErrorDetail("There are too many parameters.", "too_many")]) from error
        query = cls()
        data: dict[str, Any] = {}
        for name, value in pairs:
            if isinstance(query.fields.get(name), serializers.ListField):
                data.setdefault(name, []).append(value)
            elif name in data:
                raise InvalidQueryError({name: [ErrorDetail("This may be given once only.", "repeated")]})
            else:
                data[name] = value
        query = cls(data=data)
        if not query.is_valid():
            raise InvalidQueryError(query.errors)
        return query


class NoQuery(Query):
    """No parameters."""
