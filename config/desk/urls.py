"""The addresses below `/api/v1/` that belong to the desk."""

from django.urls import path

from config.desk import views

urlpatterns = [
    path("announcements/", views.AnnouncementsView.as_view(), name="announcements"),
    path("probe/", views.ProbeView.as_view(), name="probe"),
]
