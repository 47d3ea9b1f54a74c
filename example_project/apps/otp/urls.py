"""Where codes are sent from."""

from django.urls import path

from apps.otp.views import SendCode, page

app_name = "otp"
urlpatterns = [
    path("", page, name="page"),
    path("send/", SendCode.as_view(), name="send"),
]
