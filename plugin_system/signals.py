"""The signals of the plugin system."""

from django.dispatch import Signal

# Internal: a revision was committed by this process. Arguments: using, number.
revision_committed = Signal()
