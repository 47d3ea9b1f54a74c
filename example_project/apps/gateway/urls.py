"""Where the demo gateway listens."""

from django.urls import path

from apps.gateway.views import receive

app_name = "gateway"
urlpatterns = [path("<slug:channel>/", receive, name="receive")]
