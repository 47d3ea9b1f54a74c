"""The example project as a whole: its checks, its migrations, and its demo."""

import stat
from collections.abc import Callable

from tests.example.conftest import Credentials
from tests.example.running import ROOT, Project, Visitor

Fresh = tuple[Project, Credentials]

OPERATOR_PERMISSIONS = """
from apps.accounts.models import User
user = User.objects.get(username="operator")
print(user.is_staff, user.is_superuser, *sorted(user.get_all_permissions()))
"""
TOKENS = """
from datetime import timedelta
from apps.accounts.models import NamedToken
for token in NamedToken.objects.filter(user__username="operator"):
    print(token.name, token.user.username, round((token.expiry - token.created) / timedelta(days=1)), token.digest)
"""


class TestProject:
    def test_has_a_migration_for_every_model(self, fresh: Fresh) -> None:
        made = fresh[0].manage("makemigrations", "--check", "--dry-run")
        assert made.returncode == 0, made.stdout

    def test_passes_its_checks_without_a_warning(self, fresh: Fresh) -> None:
        checked = fresh[0].manage("check", "--fail-level", "WARNING", "--database", "default")
        assert checked.returncode == 0, checked.stderr

    def test_is_fit_for_deployment_once_debug_is_off(self, fresh: Fresh) -> None:
        checked = fresh[0].manage(
            "check", "--deploy", "--fail-level", "WARNING", EXAMPLE_DEBUG="0", EXAMPLE_EMAIL_HOST="mail"
        )
        assert checked.returncode == 0, checked.stderr

    def test_keeps_its_secret_to_its_owner(self, fresh: Fresh) -> None:
        secret = fresh[0].data_dir / "secret_key"
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        assert len(secret.read_text()) >= 50

    def test_says_what_is_wrong_with_a_variable(self, fresh: Fresh) -> None:
        checked = fresh[0].manage("check", EXAMPLE_DATABASE="oracle")
        assert checked.returncode == 1
        assert "EXAMPLE_DATABASE is 'oracle'; set it to one of sqlite, postgresql, mariadb." in checked.stderr


class TestDemo:
    def test_prints_credentials_that_work(self, fresh: Fresh, visitor: Visitor) -> None:
        credentials = fresh[1]
        assert "'operator' is new" in credentials.output
        page = visitor.submit("/admin/login/", username="operator", password=credentials.password, next="/admin/")
        assert page.url.endswith("/admin/")
        assert "plugin_system/pluginitem/" in page.text
        reply = visitor.post_json("/send/", {}, Authorization=f"Bearer {credentials.token}")
        assert reply.status == 400

    def test_says_what_serves(self, fresh: Fresh) -> None:
        assert "  apps.otp:otp: apps.otp_sms:primary serves, of 2 items\n" in fresh[1].output
        assert "  apps.notifications:notifier: apps.notifications.email:email serves, of 3 items\n" in fresh[1].output

    def test_makes_an_operator_who_may_do_an_operators_work_and_no_more(self, operator: Callable[[str], str]) -> None:
        is_staff, is_superuser, *permissions = operator(OPERATOR_PERMISSIONS).split()
        assert (is_staff, is_superuser) == ("True", "False")
        assert permissions == [
            "plugin_system.change_pluginitem",
            "plugin_system.change_plugintype",
            "plugin_system.sync_plugins",
            "plugin_system.view_change",
            "plugin_system.view_pluginitem",
            "plugin_system.view_plugintype",
            "plugin_system.view_revision",
        ]

    def test_makes_a_token_that_is_named_hashed_and_ends(self, fresh: Fresh, operator: Callable[[str], str]) -> None:
        name, user, days, digest = operator(TOKENS).split()
        assert (name, user, days) == ("demo", "operator", "7")
        assert fresh[1].token not in digest
        assert fresh[1].token.encode() not in (fresh[0].data_dir / "example.sqlite3").read_bytes()

    def test_replaces_them_when_run_again(self, fresh: Fresh, copy: Project) -> None:
        again = copy.manage("demo")
        assert again.returncode == 0, again.stderr
        assert "'operator' has a new password and token; the former ones no longer work" in again.stdout
        second = Credentials.printed_in(again.stdout)
        assert second.token != fresh[1].token
        assert second.password != fresh[1].password
        with copy.operator() as act:
            assert len(act(TOKENS).splitlines()) == 1
            works = "from apps.accounts.models import User; print(User.objects.get().check_password({!r}))"
            assert act(works.format(fresh[1].password)).strip() == "False"
            assert act(works.format(second.password)).strip() == "True"

    def test_refuses_to_run_where_debug_is_off(self, copy: Project) -> None:
        refused = copy.manage("demo", EXAMPLE_DEBUG="0")
        assert refused.returncode == 1
        assert "runs with EXAMPLE_DEBUG=1 only. Nothing was done." in refused.stderr
        assert "Password" not in refused.stdout


class TestRepository:
    def test_ignores_what_a_demo_leaves_behind(self) -> None:
        assert "/data/" in (ROOT / "example_project" / ".gitignore").read_text().splitlines()
