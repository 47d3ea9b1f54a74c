"""How the state of the whole is shown."""

from rest_framework import serializers

from plugin_system_api.fields import RevisionField
from plugin_system_api.serializers import Reply


class StatusCountsSerializer(Reply):
    """How many items have which status."""

    active = serializers.IntegerField(min_value=0)
    reserve = serializers.IntegerField(min_value=0)
    disable = serializers.IntegerField(min_value=0)


class TypeStatusSerializer(Reply):
    """What serves for a plugin type in the process that answers."""

    plugin_type = serializers.CharField(help_text="Its key.")
    healthy = serializers.BooleanField(help_text="Whether something can serve, or there is nothing that should.")
    reason = serializers.CharField(help_text="active, reserve, nothing_usable or get_plugin.")
    selected = serializers.CharField(allow_null=True, help_text="The key of the item that serves.")
    usable = serializers.IntegerField(min_value=0, help_text="How many items could serve.")
    unsynced = serializers.IntegerField(min_value=0, help_text="How many registered items have no row yet.")
    counts = StatusCountsSerializer()
    registered = serializers.BooleanField(help_text="Whether code defines it there; if not, it counts as healthy.")


class DriftSerializer(Reply):
    """How many rows and registrations of the process that answers differ; a sync that is tried names them."""

    missing = serializers.IntegerField(min_value=0, help_text="Rows whose code is not there.")
    new = serializers.IntegerField(min_value=0, help_text="Registrations without a row, or with an archived one.")
    differing = serializers.IntegerField(
        min_value=0, help_text="Rows of which code states another description or priority."
    )


class SnapshotSerializer(Reply):
    """What the process that answers remembers of the rows; null as long as nothing was resolved there."""

    revision = RevisionField(allow_null=True, help_text="The revision that it has seen.")
    age = serializers.FloatField(
        allow_null=True, min_value=0, help_text="Seconds since it was last found equal to the database."
    )
    last_failure_age = serializers.FloatField(
        allow_null=True, min_value=0, help_text="Seconds since the database last failed it; null if it did not lately."
    )


class RegistrationProblemSerializer(Reply):
    """A registration that could not take effect in the process that answers."""

    code = serializers.CharField()
    detail = serializers.CharField(source="*")


class StatusSerializer(Reply):
    """The state of the whole, as the process that answers has it."""

    healthy = serializers.BooleanField(help_text="Whether every registered plugin type has a usable item, if any.")
    revision = RevisionField(help_text="The newest revision.")
    fingerprint = serializers.CharField(help_text="Of what the process has registered.")
    plugin_types = TypeStatusSerializer(source="types", many=True)
    drift = DriftSerializer()
    snapshot = SnapshotSerializer()
    problems = RegistrationProblemSerializer(many=True)
