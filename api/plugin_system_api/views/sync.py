"""Syncing rows with code."""

from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from plugin_system import services
from plugin_system.services import SyncAction, SyncOutcome, SyncStep
from plugin_system_api.base import ControlPlaneView
from plugin_system_api.inputs import SyncInput
from plugin_system_api.limits import ANSWER_ROWS_MAX
from plugin_system_api.operations import operation
from plugin_system_api.permissions import PRUNE, SYNC, may
from plugin_system_api.serializers import SyncedSerializer


class SyncViews(ControlPlaneView):
    """Makes the rows follow the code of the process that answers."""

    tag = "sync"

    @operation(
        id="sync_run",
        summary="Sync rows with code",
        permissions=(SYNC,),
        body=SyncInput,
        answer=SyncedSerializer,
        errors=(409,),
    )
    def run(self, request: Request) -> Response:
        """
        Make the rows follow the code of the process that answers; the answer is the plan.

        Status is never changed and nothing is deleted. Pruning archives rows and needs the permission to prune.
        """
        body = self.read_body(SyncInput)
        given = body.validated_data
        if (given["prune"] or given["prune_missing"]) and not may(request, PRUNE):
            raise PermissionDenied("You may sync, but not prune.")
        outcome = services.sync_plugins(
            origin=self.origin(body),
            mode=given["mode"],
            prune=given["prune"],
            prune_missing=given["prune_missing"],
            dry_run=given["dry_run"],
        )
        return self.answer(SyncedSerializer, _synced(outcome))


def _synced(outcome: SyncOutcome) -> dict[str, Any]:
    # What is only kept comes last, so that it is the first to be left out.
    steps = sorted(outcome.plan.steps, key=lambda step: step.action is SyncAction.KEEP)
    return {
        "revision": outcome.revision,
        "dry_run": outcome.dry_run,
        "fingerprint": outcome.fingerprint,
        "counts": outcome.plan.counts,
        "steps": [_step(step) for step in steps[:ANSWER_ROWS_MAX]],
        "truncated": max(len(steps), len(outcome.resolves)) > ANSWER_ROWS_MAX,
        "resolves": outcome.resolves[:ANSWER_ROWS_MAX],
    }


def _step(step: SyncStep) -> dict[str, Any]:
    return {
        "action": step.action.value,
        "kind": step.kind.value,
        "key": step.key,
        "row_id": step.row_id,
        "why": step.why,
        "before": step.before or {},
        "after": step.after or {},
    }
