"""Seeing first: every button of the admin that writes has one beside it that only shows."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import override_settings

from plugin_system import signals
from plugin_system.choices import PRIORITY_MIN, PluginStatus
from plugin_system.models import PluginItem, PluginType
from tests.admin.pages import LIST, TYPES, Browser, Page, quick_edit
from tests.factories import OTP, counter_pair, item, revisions_made, set_status

SWITCHES = "tests.host.otp:otp tests.host.otp_sms:primary → tests.host.otp_sms:secondary"


@pytest.fixture
def untouched(db: None, django_capture_on_commit_callbacks: Any) -> Iterator[None]:
    """What stands in the test writes nothing: no row, no revision, no history, and nobody is told."""
    told: list[Any] = []

    def hear(**sent: Any) -> None:
        told.append(sent)

    every = (signals.plugin_changed, signals.resolution_changed, signals.nothing_usable)
    for signal in every:
        signal.connect(hear)
    rows, pair = list(PluginItem.objects.values()), counter_pair()
    with django_capture_on_commit_callbacks(execute=True):
        yield
    assert list(PluginItem.objects.values()) == rows
    assert counter_pair() == pair
    assert not LogEntry.objects.exists()
    assert told == []
    for signal in every:
        signal.disconnect(hear)


def edit_path(row: PluginItem | PluginType) -> str:
    return f"{LIST if isinstance(row, PluginItem) else TYPES}{row.pk}/change/"


def preview_action(browser: Browser, action: str, *rows: PluginItem, **fields: Any) -> Page:
    """Tick the rows, choose the action and press the preview button beside Go."""
    form = browser.get(LIST).form("changelist-form")
    ticked = [str(row.pk) for row in rows]
    return browser.post(LIST, form.filled(action=action, _preview="index", _selected_action=ticked, **fields))


def preview_edits(browser: Browser, changes: dict[PluginItem, dict[str, Any]], **fields: Any) -> Page:
    """Change rows of the list and press the preview button beside Save."""
    data = quick_edit(browser.get(LIST), changes, _preview="_save", **fields)
    del data["_save"]
    return browser.post(LIST, data)


def preview_form(browser: Browser, row: PluginItem | PluginType, **changes: Any) -> Page:
    """Change fields on the row's page and press the preview button beside Save."""
    form = browser.get(edit_path(row)).form(f"{row._meta.model_name}_form")
    return browser.post(edit_path(row), form.filled(_preview="_save", **changes))


@pytest.mark.usefixtures("registry", "db")
class TestPreviewButtons:
    def test_stand_behind_the_buttons_that_write_so_that_enter_does_not_press_them(
        self, ann: Browser, primary: PluginItem
    ) -> None:
        names = [name for name, _ in ann.get(LIST).form("changelist-form").buttons]
        assert names == ["index", "_preview", "_save", "_preview"]
        names = [name for name, _ in ann.get(edit_path(primary)).form("pluginitem_form").buttons]
        assert names == ["_save", "_continue", "_preview"]

    def test_are_not_there_for_whoever_may_only_look(
        self, viewer: Browser, primary: PluginItem, otp: PluginType
    ) -> None:
        for path in (LIST, edit_path(primary), TYPES, edit_path(otp)):
            assert "_preview" not in viewer.get(path).html


@pytest.mark.usefixtures("registry", "db")
class TestPreviewOfActions:
    @pytest.mark.usefixtures("untouched")
    @pytest.mark.parametrize(
        ("action", "phrase", "shown"),
        [
            ("disable", "status: Active → Disabled", SWITCHES),
            ("reserve", "status: Active → Reserve", SWITCHES),
            ("raise_priority", "priority: 10 → 9", "tests.host.otp:otp tests.host.otp_sms:primary as before"),
            ("lower_priority", "priority: 10 → 11", "tests.host.otp:otp tests.host.otp_sms:primary as before"),
        ],
    )
    def test_shows_what_would_change_and_serve_and_leaves_no_trace(
        self, ann: Browser, primary: PluginItem, action: str, phrase: str, shown: str
    ) -> None:
        page = preview_action(ann, action, primary)
        assert "What this would do" in page.text
        assert "Nothing has been done yet." in page.text
        assert phrase in page.text
        assert shown in page.text

    @pytest.mark.usefixtures("untouched")
    def test_shows_nothing_to_do_without_a_button_to_do_it(self, ann: Browser, primary: PluginItem) -> None:
        page = preview_action(ann, "activate", primary)
        assert "Nothing: everything is so already." in page.text
        assert "Do it" not in page.html
        assert page.links["Back"] == LIST

    def test_names_what_would_stay_as_it_is(self, ann: Browser, primary: PluginItem, secondary: PluginItem) -> None:
        PluginItem.objects.filter(pk=primary.pk).update(priority=PRIORITY_MIN)
        page = preview_action(ann, "raise_priority", primary, secondary)
        assert "priority: 20 → 19" in page.text
        assert "Unchanged, because so already or at the bound: primary." in page.text

    def test_can_be_done_from_there(self, ann: Browser, primary: PluginItem) -> None:
        page = preview_action(ann, "disable", primary, reason="INC-12")
        with revisions_made() as made:
            answer = ann.post(LIST, page.form("plugin-ask").filled())
        assert [each.reason for each in made] == ["INC-12"]
        assert item("primary").status == PluginStatus.DISABLED
        assert "1 item is disabled now." in answer.messages

    @pytest.mark.usefixtures("untouched")
    def test_asks_for_an_action_and_for_items_as_go_does(self, ann: Browser, primary: PluginItem) -> None:
        assert preview_action(ann, "", primary).messages == ["No action selected."]
        assert "Items must be selected" in preview_action(ann, "disable").messages[0]

    def test_is_still_a_preview_where_nothing_usable_would_be_left(self, ann: Browser, primary: PluginItem) -> None:
        for name in ("secondary", "spare"):
            set_status(name, PluginStatus.DISABLED)
        with revisions_made() as made:
            page = preview_action(ann, "disable", primary)
        assert made == []
        assert "Preview, nothing saved: this would leave nothing usable" in page.text
        assert "nothing usable" in page.text
        ann.post(LIST, page.form("plugin-ask").filled())
        assert item("primary").status == PluginStatus.DISABLED

    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    def test_takes_no_reason_until_it_is_done(self, ann: Browser, primary: PluginItem) -> None:
        page = preview_action(ann, "disable", primary)
        assert SWITCHES in page.text
        with revisions_made() as made:
            again = ann.post(LIST, page.form("plugin-ask").filled(reason=""))
        assert made == []
        assert "Say why" in again.text

    def test_warns_of_edits_of_the_list_that_would_be_lost(self, ann: Browser, primary: PluginItem) -> None:
        warning = "What you typed into the fields of the list is not part of this"
        assert warning in preview_action(ann, "disable", primary, **{"form-1-priority": "77"}).text
        assert warning not in preview_action(ann, "disable", primary).text

    @pytest.mark.usefixtures("untouched")
    @pytest.mark.parametrize("button", ["", "delete_selected", "_continue", "\x00"])
    def test_of_an_unknown_button_shows_the_list(self, ann: Browser, primary: PluginItem, button: str) -> None:
        data = {"action": "disable", "_selected_action": [str(primary.pk)], "_preview": button}
        assert ann.post(LIST, data).status == 200

    @pytest.mark.usefixtures("untouched")
    def test_is_refused_to_whoever_may_only_look(self, viewer: Browser, primary: PluginItem) -> None:
        data = {"action": "disable", "_selected_action": [str(primary.pk)], "_preview": "index"}
        assert viewer.client.post(LIST, data).status_code == 403


@pytest.mark.usefixtures("registry", "db")
class TestPreviewOfQuickEdits:
    @pytest.mark.usefixtures("untouched")
    def test_shows_what_would_change_and_serve_and_leaves_no_trace(
        self, ann: Browser, primary: PluginItem, spare: PluginItem
    ) -> None:
        page = preview_edits(ann, {primary: {"status": "disable"}, spare: {"priority": "3"}})
        assert SWITCHES in page.text
        assert "status: Active → Disabled" in page.text
        assert "priority: 0 → 3" in page.text

    def test_can_be_done_from_there(self, ann: Browser, primary: PluginItem) -> None:
        page = preview_edits(ann, {primary: {"priority": "33"}})
        with revisions_made() as made:
            ann.post(LIST, page.form("plugin-ask").filled(reason="INC-12"))
        assert [each.reason for each in made] == ["INC-12"]
        assert item("primary").priority == 33

    @pytest.mark.usefixtures("untouched")
    def test_without_an_edit_shows_nothing_to_do(self, ann: Browser) -> None:
        page = preview_edits(ann, {})
        assert "Nothing: everything is so already." in page.text
        assert "Do it" not in page.html

    @pytest.mark.usefixtures("untouched")
    def test_keeps_a_mistake_in_the_list(self, ann: Browser, primary: PluginItem) -> None:
        page = preview_edits(ann, {primary: {"priority": "99999"}})
        assert "Ensure this value is less than or equal to 32767." in page.errors

    def test_says_what_somebody_else_has_changed_meanwhile(
        self, ann: Browser, bob: Browser, primary: PluginItem
    ) -> None:
        data = quick_edit(ann.get(LIST), {primary: {"priority": "33"}}, _preview="_save")
        bob.act("disable", primary, reason="His")
        page = ann.post(LIST, data)
        assert "Somebody else has changed this meanwhile" in page.text
        assert item("primary").priority == 10

    def test_of_what_somebody_else_changes_before_it_is_done_writes_nothing(
        self, ann: Browser, bob: Browser, primary: PluginItem
    ) -> None:
        page = preview_edits(ann, {primary: {"priority": "33"}})
        bob.act("disable", primary, reason="His")
        with revisions_made() as made:
            answer = ann.post(LIST, page.form("plugin-ask").filled())
        assert made == []
        assert "Somebody else has changed this meanwhile" in answer.text


@pytest.mark.usefixtures("registry", "db")
class TestPreviewOfForms:
    @pytest.mark.usefixtures("untouched")
    def test_shows_what_would_change_and_serve_and_leaves_no_trace(self, ann: Browser, primary: PluginItem) -> None:
        page = preview_form(ann, primary, status="disable", description="Down")
        assert SWITCHES in page.text
        assert "status: Active → Disabled" in page.text
        assert "description: The first choice → Down" in page.text

    @pytest.mark.usefixtures("untouched")
    def test_of_a_type_shows_its_description(self, ann: Browser, otp: PluginType) -> None:
        page = preview_form(ann, otp, description="Codes")
        assert "description: One-time password delivery → Codes" in page.text
        assert "tests.host.otp:otp tests.host.otp_sms:primary as before" in page.text
        assert PluginType.objects.get(pk=otp.pk).description == "One-time password delivery"

    @pytest.mark.parametrize("pick", [lambda: item("primary"), lambda: PluginType.objects.get(name=OTP.name)])
    def test_can_be_done_from_there(self, ann: Browser, pick: Callable[[], Any]) -> None:
        row = pick()
        page = preview_form(ann, row, description="Better said")
        with revisions_made() as made:
            answer = ann.post(edit_path(row), page.form("plugin-ask").filled(reason="Clearer"))
        assert [each.reason for each in made] == ["Clearer"]
        assert pick().description == "Better said"
        assert "was changed successfully" in answer.text

    @pytest.mark.usefixtures("untouched")
    @pytest.mark.parametrize("pick", [lambda: item("primary"), lambda: PluginType.objects.get(name=OTP.name)])
    def test_without_an_edit_shows_nothing_to_do(self, ann: Browser, pick: Callable[[], Any]) -> None:
        assert "Nothing: everything is so already." in preview_form(ann, pick()).text

    @pytest.mark.usefixtures("untouched")
    def test_keeps_a_mistake_in_the_form(self, ann: Browser, primary: PluginItem) -> None:
        assert preview_form(ann, primary, priority="many").errors == ["Enter a whole number."]

    @override_settings(PLUGIN_SYSTEM_REQUIRE_REASON=True)
    def test_takes_no_reason_until_it_is_done(self, ann: Browser, primary: PluginItem) -> None:
        page = preview_form(ann, primary, priority="33")
        assert "priority: 10 → 33" in page.text
        with revisions_made() as made:
            assert ann.post(edit_path(primary), page.form("plugin-ask").filled(reason=" ")).errors
        assert made == []
        with revisions_made() as made:
            ann.post(edit_path(primary), page.form("plugin-ask").filled(reason="INC-12"))
        assert [each.reason for each in made] == ["INC-12"]
