"""The record of changes: the counter, revisions, and what each did to a row."""

from typing import ClassVar

from django.db import models
from django.db.models import CheckConstraint, Index, Q
from django.utils.translation import gettext_lazy as _

from plugin_system.choices import REASON_MAX_LENGTH, Channel, RowKind
from plugin_system.origins import ACTOR_ID_MAX_LENGTH, ACTOR_MAX_LENGTH, REQUEST_ID_MAX_LENGTH

# manager:type/module:name, each part at most 100 characters.
KEY_MAX_LENGTH = 403


class RevisionCounter(models.Model):
    """One row: the number of the last revision, and a random nonce that tells two histories apart."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    value = models.PositiveBigIntegerField(default=0)
    nonce = models.CharField(max_length=32)

    class Meta:
        default_permissions = ()
        verbose_name = _("revision counter")
        constraints: ClassVar = [
            CheckConstraint(condition=Q(id=1), name="plugin_system_one_counter"),
        ]

    def __str__(self) -> str:
        return f"{self.value}.{self.nonce}"


class Revision(models.Model):
    """One committed act: who, when, through which door, why, and which items resolve otherwise since."""

    number = models.PositiveBigIntegerField(_("number"), primary_key=True)
    created_at = models.DateTimeField(_("time"), db_index=True)
    channel = models.CharField(_("door"), max_length=10, choices=Channel)
    actor = models.CharField(_("actor"), max_length=ACTOR_MAX_LENGTH, blank=True)
    actor_id = models.CharField(_("actor id"), max_length=ACTOR_ID_MAX_LENGTH, blank=True)
    reason = models.CharField(_("reason"), max_length=REASON_MAX_LENGTH, blank=True)
    request_id = models.CharField(_("request id"), max_length=REQUEST_ID_MAX_LENGTH, blank=True, db_index=True)
    resolves = models.JSONField(_("resolves"), default=list, blank=True)

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        indexes: ClassVar = [Index(fields=["actor"], name="plugin_system_rev_actor")]

    def __str__(self) -> str:
        return str(self.number)


class Change(models.Model):
    """What one revision did to one row: the fields that differ, before and after."""

    id = models.BigAutoField(primary_key=True)
    revision = models.ForeignKey(Revision, models.CASCADE, related_name="changes", verbose_name=_("revision"))
    kind = models.CharField(_("kind"), max_length=4, choices=RowKind)
    key = models.CharField(_("key"), max_length=KEY_MAX_LENGTH)
    row_id = models.UUIDField(_("row id"))
    before = models.JSONField(_("before"), null=True, blank=True)
    after = models.JSONField(_("after"), null=True, blank=True)

    class Meta:
        default_permissions = ("view",)
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        indexes: ClassVar = [
            Index(fields=["row_id", "revision"], name="plugin_system_change_row"),
            # The order of the feed: a first sync is one revision with as many changes as there are rows.
            Index(fields=["revision", "id"], name="plugin_system_change_feed"),
        ]

    def __str__(self) -> str:
        return f"{self.revision_id}: {self.key}"
