"""What the API itself refuses, before or beside the services; each class is one condition with a stable code."""

from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError


class APIError(APIException):
    """The root: ``pointer`` says which part of the request is meant, in the words of a problem's ``errors``."""

    pointer: str | None = None


class TargetMissingError(APIError):
    """The row or revision that the URL names is not there."""

    status_code = status.HTTP_404_NOT_FOUND
    default_code = "not_found"


class InvalidQueryError(ValidationError):
    """A query parameter is unknown or wrong."""


class BodyTooLargeError(APIError):
    """The body has more bytes than the API reads."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "body_too_large"
    default_detail = "The body has more than 256 KiB; send less at once."


class DatabaseUnavailableError(APIError):
    """The database is locked, overloaded or out of reach."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "database_unavailable"
    default_detail = "The database is busy or out of reach. Try again; before a change, look whether it has been made."
    # Seconds.
    wait = 1


class LengthRequiredError(APIError):
    """The body came without its length, so that the server cannot read it and it would count as empty."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "length_required"
    default_detail = "The body has no Content-Length; send it in one piece, not chunked."
    pointer = "Content-Length"


class MalformedConditionError(APIError):
    """``If-Match`` is no list of entity tags."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "malformed_condition"
    default_detail = 'If-Match must be the ETag of an earlier reply, in its quotes, as in "17", a list of such, or *.'
    pointer = "If-Match"


class UnsupportedConditionError(APIError):
    """``If-Match`` was sent to an operation that changes no one row and so would not heed it."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "unsupported_condition"
    default_detail = "Only a change of one row heeds If-Match; leave it out."
    pointer = "If-Match"


class IfMatchRequiredError(APIError):
    """The host demands ``If-Match`` with every change of a row."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_code = "if_match_required"
    default_detail = "Send If-Match with the ETag of the row as you have seen it."
    pointer = "If-Match"


class ExpectedCountRequiredError(APIError):
    """A selection without ids could be any number of rows; the caller must say how many are meant."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_code = "expected_count_required"
    default_detail = "Send expected_count, the number of items that you mean to change; a dry run tells it."
    pointer = "/expected_count"
