"""The addresses below `/api/v1/accounts/`."""

from django.urls import path

from accounts import data_views, social_views, views

urlpatterns = [
    path("signup/", views.SignupView.as_view(), name="signup"),
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("token/refresh/", views.RefreshView.as_view(), name="token-refresh"),
    path("token/verify/", views.VerifyView.as_view(), name="token-verify"),
    path("me/", views.MeView.as_view(), name="me"),
    path("me/deletion/", data_views.DeletionView.as_view(), name="deletion"),
    path("me/export/", data_views.ExportView.as_view(), name="export"),
    path("social/", social_views.ProvidersView.as_view(), name="social"),
    path("social/token/", social_views.SocialTokenView.as_view(), name="social-token"),
    path("social/<slug:provider>/", social_views.SocialAccountView.as_view(), name="social-account"),
    path("social/<slug:provider>/start/", social_views.StartView.as_view(), name="social-start"),
    path("social/<slug:provider>/callback/", social_views.CallbackView.as_view(), name="social-callback"),
]
