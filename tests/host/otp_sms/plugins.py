from plugin_system.register import plugin_item, register_plugin_item
from tests.host.otp.interfaces import AbstractOTP


class Primary(AbstractOTP):
    def send_otp(self, number: str, code: str) -> str:
        return f"primary {number} {code}"


register_plugin_item(
    {
        "name": "primary",
        "module": "tests.host.otp_sms",
        "type_name": "otp",
        "manager_name": "tests.host.otp",
        "plugin_class": Primary,
        "priority": 10,
        "description": "The first choice",
    }
)


@plugin_item(AbstractOTP, name="secondary", priority=20, description="The second choice")
class Secondary(AbstractOTP):
    def send_otp(self, number: str, code: str) -> str:
        return f"secondary {number} {code}"


@plugin_item(AbstractOTP, name="spare", module="tests.host.otp_sms.spare", status="reserve", description="The reserve")
class Spare(AbstractOTP):
    def send_otp(self, number: str, code: str) -> str:
        return f"spare {number} {code}"
