"""Gunicorn's settings where Kakao, GitHub and Google are a stand-in at `PROVIDERS_URL`."""

import os

from config.gunicorn import *  # noqa: F403


def look_at(standin: str) -> None:
    """As accounts/tests/conftest.py does within one process; workers inherit what the master has set."""
    # Here, since the library wants Django set up, which the settings above have done.
    from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
    from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
    from allauth.socialaccount.providers.kakao.views import KakaoOAuth2Adapter

    adapters = (("kakao", KakaoOAuth2Adapter), ("github", GitHubOAuth2Adapter), ("google", GoogleOAuth2Adapter))
    for name, adapter in adapters:
        adapter.authorize_url = f"{standin}/{name}/authorize"
        adapter.access_token_url = f"{standin}/{name}/token"
        setattr(adapter, "identity_url" if name == "google" else "profile_url", f"{standin}/{name}/profile")
    GitHubOAuth2Adapter.emails_url = f"{standin}/github/emails"


look_at(os.environ["PROVIDERS_URL"])
