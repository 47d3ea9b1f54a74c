"""The replies."""

from typing import Any

from rest_framework import serializers

from plugin_system.choices import PRIORITY_MAX, PRIORITY_MIN
from plugin_system_api.fields import MomentField, PluginStatusField, RevisionField, StateField
from plugin_system_api.limits import REVISION_MAX

Reply = serializers.Serializer[Any]


class PluginTypeSerializer(Reply):
    """What is swappable, owned by the app that is its manager."""

    id = serializers.UUIDField(help_text="uuid5 of the key, for rows that this version made.")
    key = serializers.CharField(help_text="manager:name.")
    manager = serializers.CharField(help_text="The app that defines the interface.")
    name = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    state = StateField(help_text="registered or missing, in the process that answers, or archived.")
    revision = RevisionField(help_text="The last revision that changed the row; also its ETag.")


class PluginItemSerializer(Reply):
    """One implementation of a plugin type, provided by the app that is its module."""

    id = serializers.UUIDField(help_text="uuid5 of the key, for rows that this version made.")
    key = serializers.CharField(help_text="manager:type/module:name.")
    plugin_type = serializers.UUIDField(source="plugin_type_id", help_text="The id of the plugin type.")
    plugin_type_key = serializers.CharField(source="plugin_type.key", help_text="The key of the plugin type.")
    module = serializers.CharField(help_text="The app that provides the implementation.")
    name = serializers.CharField()
    status = PluginStatusField()
    priority = serializers.IntegerField(min_value=PRIORITY_MIN, max_value=PRIORITY_MAX, help_text="Lower wins.")
    description = serializers.CharField(allow_blank=True)
    state = StateField(help_text="registered or missing, in the process that answers, or archived.")
    revision = RevisionField(help_text="The last revision that changed the row; also its ETag.")


class PageSerializer(Reply):
    """A page of a list."""

    count = serializers.IntegerField(min_value=0, help_text="How many rows fit, on all pages.")
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class PluginTypePageSerializer(PageSerializer):
    """A page of plugin types."""

    results = PluginTypeSerializer(many=True)


class PluginItemPageSerializer(PageSerializer):
    """A page of plugin items."""

    results = PluginItemSerializer(many=True)


class CandidateSerializer(Reply):
    """An item of the chain, and whether it serves."""

    item = PluginItemSerializer(source="row")
    verdict = serializers.CharField(help_text="One word, as in selected, outranked, reserve, disabled, not_registered.")
    explanation = serializers.CharField(help_text="One sentence for people.")


class ChoiceSerializer(Reply):
    """What a plugin type resolves to in the process that answers; selected is absent where nothing is eligible."""

    plugin_type = PluginTypeSerializer()
    revision = RevisionField(help_text="The last revision that changed the plugin type or one of its items.")
    reason = serializers.CharField(help_text="active, reserve, nothing_usable or get_plugin.")
    selected = PluginItemSerializer(required=False)


class ResolutionSerializer(ChoiceSerializer):
    """What a plugin type resolves to in the process that answers, and why; best candidate first."""

    candidates = CandidateSerializer(many=True)


class ChoicesSerializer(Reply):
    """What every plugin type resolves to in the process that answers."""

    revision = RevisionField(help_text="The newest revision.")
    fingerprint = serializers.CharField(help_text="Of what the process has registered.")
    plugin_types = ChoiceSerializer(many=True)


class ResolutionChangeSerializer(Reply):
    """What a change does to the item that serves a plugin type; keys, or null for nothing."""

    plugin_type = serializers.CharField()
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)


class WrittenSerializer(Reply):
    """What a change came to."""

    revision = RevisionField(allow_null=True, help_text="Null where nothing was written: a dry run, or all was so.")
    dry_run = serializers.BooleanField()
    resolves = ResolutionChangeSerializer(many=True)


class PluginTypeWrittenSerializer(WrittenSerializer):
    """What a change of a plugin type came to."""

    changed = serializers.BooleanField()
    plugin_type = PluginTypeSerializer()


class ItemOutcomeSerializer(Reply):
    """One item after a change; before and after hold the fields that differ."""

    changed = serializers.BooleanField()
    before = serializers.DictField()
    after = serializers.DictField()
    item = PluginItemSerializer()


class PluginItemWrittenSerializer(WrittenSerializer, ItemOutcomeSerializer):
    """What a change of one item came to."""


class PromotedSerializer(PluginItemWrittenSerializer):
    """What promoting an item came to."""

    moved = ItemOutcomeSerializer(
        many=True, help_text="The items, at most 500, that had to make way because the bounds left no room."
    )
    truncated = serializers.BooleanField(help_text="Whether some of moved were left out.")


class DescribedTypeSerializer(Reply):
    """A plugin type that got its description back; before and after hold it, if they differ."""

    before = serializers.DictField()
    after = serializers.DictField()
    plugin_type = PluginTypeSerializer()


class BulkWrittenSerializer(WrittenSerializer):
    """What a change of many items came to."""

    changed_count = serializers.IntegerField(min_value=0)
    unchanged_count = serializers.IntegerField(min_value=0, help_text="Items that were so already.")
    items = ItemOutcomeSerializer(many=True)


class RevertedSerializer(BulkWrittenSerializer):
    """What a revert came to; of many items those come first that changed."""

    plugin_types = DescribedTypeSerializer(many=True)
    truncated = serializers.BooleanField(help_text="Whether items, plugin_types or resolves beyond 500 were left out.")


class SyncCountsSerializer(Reply):
    """How many rows a sync does what with."""

    # The metaclass takes fields out of the class: the methods of these two names stay.
    create = serializers.IntegerField(min_value=0)  # type: ignore[assignment]
    update = serializers.IntegerField(min_value=0)  # type: ignore[assignment]
    restore = serializers.IntegerField(min_value=0)
    archive = serializers.IntegerField(min_value=0)
    keep = serializers.IntegerField(min_value=0)
    unchanged = serializers.IntegerField(min_value=0)


class SyncStepSerializer(Reply):
    """What a sync does with one row, and why; before and after hold the fields that differ."""

    action = serializers.CharField(help_text="create, update, restore, archive or keep.")
    kind = serializers.CharField(help_text="type or item.")
    key = serializers.CharField()
    id = serializers.UUIDField(source="row_id")
    why = serializers.CharField()
    before = serializers.DictField()
    after = serializers.DictField()


class SyncedSerializer(WrittenSerializer):
    """What a sync did, or, for a dry run, would do; rows that are as registered are only counted."""

    fingerprint = serializers.CharField(help_text="Of what the process has registered, to compare two processes by.")
    counts = SyncCountsSerializer()
    steps = SyncStepSerializer(many=True, help_text="At most 500: those that change something first.")
    truncated = serializers.BooleanField(help_text="Whether steps or resolves were left out.")


class ChangeSerializer(Reply):
    """What one revision did to one row; before and after hold the fields that differ."""

    id = serializers.IntegerField(source="change.pk", min_value=0, max_value=REVISION_MAX)
    revision = RevisionField(source="change.revision_id")
    created_at = MomentField(source="change.revision.created_at")
    channel = serializers.CharField(source="change.revision.channel", help_text="api, admin, command, migrate or code.")
    actor = serializers.CharField(source="change.revision.actor", allow_blank=True)
    reason = serializers.CharField(source="change.revision.reason", allow_blank=True)
    request_id = serializers.CharField(source="change.revision.request_id", allow_blank=True)
    action = serializers.CharField(help_text="create, update, archive, restore or delete.")
    kind = serializers.CharField(source="change.kind", help_text="type or item.")
    key = serializers.CharField(source="change.key")
    row_id = serializers.UUIDField(source="change.row_id")
    before = serializers.DictField()
    after = serializers.DictField()
    resolves = ResolutionChangeSerializer(
        many=True, help_text="Of the row's plugin type, if another item serves it since."
    )


class ChangePageSerializer(Reply):
    """A page of changes, none of them newer than revision: the since to go on from when next_cursor is null."""

    revision = RevisionField()
    next_cursor = serializers.CharField(allow_null=True)
    results = ChangeSerializer(many=True)


class ProblemErrorSerializer(Reply):
    """One thing that is wrong: pointer is a JSON pointer into the body, ?name for a parameter, or a header's name."""

    pointer = serializers.CharField(allow_blank=True)
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(Reply):
    """Why a request was refused, by RFC 9457; start is there with a 410 only: the since to start again from."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField(min_value=400, max_value=599)
    detail = serializers.CharField()
    instance = serializers.CharField()
    code = serializers.CharField(help_text="For programs; it never changes its meaning.")
    request_id = serializers.CharField()
    errors = ProblemErrorSerializer(many=True)  # type: ignore[assignment]
    start = RevisionField(required=False)
