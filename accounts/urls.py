"""The addresses below `/api/v1/accounts/`."""

from django.urls import path

from accounts import data_views, password_views, session_views, social_views, views

urlpatterns = [
    path("signup/", views.SignupView.as_view(), name="signup"),
    path("login/", views.LoginView.as_view(), name="login"),
    path("logout/", views.LogoutView.as_view(), name="logout"),
    path("token/refresh/", views.RefreshView.as_view(), name="token-refresh"),
    path("token/verify/", views.VerifyView.as_view(), name="token-verify"),
    path("me/", views.MeView.as_view(), name="me"),
    path("me/deletion/", data_views.DeletionView.as_view(), name="deletion"),
    path("me/export/", data_views.ExportView.as_view(), name="export"),
    path("sessions/", session_views.SessionsView.as_view(), name="sessions"),
    path("sessions/<uuid:id>/", session_views.SessionView.as_view(), name="session"),
    path("password/change/", password_views.PasswordChangeView.as_view(), name="password-change"),
    path("password/reset/", password_views.PasswordResetView.as_view(), name="password-reset"),
    path("password/reset/confirm/", password_views.PasswordResetConfirmView.as_view(), name="password-reset-confirm"),
    path("email/change/", password_views.EmailChangeView.as_view(), name="email-change"),
    path("email/verify/", password_views.EmailVerifyView.as_view(), name="email-verify"),
    path("social/", social_views.ProvidersView.as_view(), name="social"),
    path("social/token/", social_views.SocialTokenView.as_view(), name="social-token"),
    path("social/<slug:provider>/", social_views.SocialAccountView.as_view(), name="social-account"),
    path("social/<slug:provider>/start/", social_views.StartView.as_view(), name="social-start"),
    path("social/<slug:provider>/callback/", social_views.CallbackView.as_view(), name="social-callback"),
]
