"""The whole map of addresses."""

from django.contrib import admin
from django.urls import include, path

from config.views import RedocView, SchemaView, SwaggerView

handler400 = "config.problems.bad_request"
handler403 = "config.problems.permission_denied"
handler404 = "config.problems.not_found"
handler500 = "config.problems.server_error"

urlpatterns = [
    path("api/v1/accounts/", include("accounts.urls")),
    path("api/v1/", include("chat.urls")),
    path("api/v1/", include("config.desk.urls")),
    path("api/schema/", SchemaView.as_view(), name="schema"),
    path("api/docs/", SwaggerView.as_view(), name="docs"),
    path("api/redoc/", RedocView.as_view(), name="redoc"),
    path("admin/", admin.site.urls),
]
