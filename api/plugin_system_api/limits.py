"""The API's own caps, whatever the host's are."""

BODY_MAX_BYTES = 256 * 1024
DEPTH_MAX = 32
BULK_MAX = 500
PAGE_SIZE_MAX = 500
PAGE_SIZE_DEFAULT = 50
# A page number beyond it would overflow the database's offset.
PAGE_MAX = 1_000_000
SEARCH_MAX_LENGTH = 200
# MySQL and MariaDB keep 65 535 bytes; a character takes at most four.
DESCRIPTION_MAX_LENGTH = 10_000
REVISION_MAX = 2**63 - 1
# Rows of an answer that no request bounds, and errors of a problem; more of them are counted or left out.
ANSWER_ROWS_MAX = 500
ERRORS_MAX = 100
ERROR_MAX_LENGTH = 500
DETAIL_MAX_LENGTH = 2000
