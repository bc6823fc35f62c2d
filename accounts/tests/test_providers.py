"""The library behind social log-ins: nothing of it but its providers is in the project."""

from importlib.metadata import version

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.urls import get_resolver

from accounts import providers
from accounts.models import User


@pytest.mark.django_db
def test_the_library_has_no_table_no_model_and_no_page() -> None:
    tables = connection.introspection.table_names()
    assert "accounts_socialaccount" in tables
    assert not [name for name in tables if name.startswith(("account_", "socialaccount_"))]
    assert not [model for model in apps.get_models() if model.__module__.startswith("allauth")]
    assert not {EmailAddress, SocialApp} & set(admin.site._registry)
    assert not [name for name in get_resolver().reverse_dict if str(name).startswith(("account_", "kakao_"))]


def test_a_member_has_no_relation_to_the_library() -> None:
    assert {each.name for each in User._meta.related_objects if "social" in each.name} == {"social_accounts"}


def test_the_library_is_one_whose_adapters_were_looked_at() -> None:
    """A new major version may read answers in another way: read its change log, then raise this."""
    assert version("django-allauth").split(".")[0] == "65"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ('Error retrieving access token: b\'{"error":"invalid_client","error_code":"KOE010"}\'', "invalid_client"),
        ("Error retrieving access token: b'error=bad_verification_code&error_description=x'", "bad_verification_code"),
        ('Error retrieving access token: b\'{"access_tok": "gho_16C7e42F292c6912E7710c838347Ae178B4a"}\'', ""),
        ('Error retrieving access token: b\'{"error":"4/0AX4XfWh-code"}\'', ""),
    ],
)
def test_the_log_gets_the_providers_word_and_nothing_else(text: str, word: str) -> None:
    assert providers.reason(OAuth2Error(text)) == f"OAuth2Error {word}".strip()
    assert providers.reason(ValueError(text)) == "ValueError"
