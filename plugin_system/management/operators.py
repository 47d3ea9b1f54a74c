"""Who sits at the command line."""

import getpass


def operator_name() -> str:
    """Return the name under which the person is logged in on the machine, as far as it is known."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
