"""Who may do what: nothing that an operation does not grant."""

from typing import TYPE_CHECKING, Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.views import APIView

VIEW_TYPE = "plugin_system.view_plugintype"
CHANGE_TYPE = "plugin_system.change_plugintype"
VIEW_ITEM = "plugin_system.view_pluginitem"
CHANGE_ITEM = "plugin_system.change_pluginitem"
VIEW_CHANGE = "plugin_system.view_change"
SYNC = "plugin_system.sync_plugins"
PRUNE = "plugin_system.prune_plugins"
# What a view set calls the action of a method that the URL does not have, and of OPTIONS.
_NOT_ALLOWED = {None, "metadata"}


class OperationPermission(BasePermission):
    """
    Grants what the operation's permissions grant, to users who are logged in.

    Where the method is not allowed at all nobody is refused here, so that the answer is a 405. A view method that
    declares no operation is refused to everybody.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Whether the user may run the operation that the view found for the request."""
        operation: Any = getattr(view, "operation", None)
        if operation is not None and operation.is_public():
            return True
        if not is_logged_in(request):
            return False
        if operation is None:
            return getattr(view, "action", None) in _NOT_ALLOWED
        return may(request, *operation.permissions)


def may(request: Request, *permissions: str) -> bool:
    """Whether the user has every one of these permissions; a host's user object may know of none."""
    has_perm = getattr(request.user, "has_perm", None)
    return all(has_perm is not None and has_perm(permission) for permission in permissions)


def is_logged_in(request: Request) -> bool:
    """Whether somebody is known to send the request; a host may make ``request.user`` ``None`` for nobody."""
    return bool(getattr(request.user, "is_authenticated", False))
