"""Hosts whose clocks differ, or one whose clock was set back, take each other's tokens; what has expired is refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework_simplejwt import tokens as library

from accounts import tokens
from accounts.models import Session, User

pytestmark = pytest.mark.django_db


def pair_of_a_host(ahead: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The tokens of a log-in on a host whose clock is so many seconds ahead of ours."""
    user = User.objects.create_user(email="a@example.com", password=None, nickname="A")
    session = Session.begin(user, device="phone")
    with monkeypatch.context() as there:
        there.setattr(library, "aware_utcnow", lambda: timezone.now() + timedelta(seconds=ahead))
        return tokens.token_pair(session)


@pytest.mark.parametrize("ahead", [-60, 2, 60, 3600])
def test_a_token_of_a_host_whose_clock_is_ahead_is_taken(
    client: Any, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    pair = pair_of_a_host(ahead, monkeypatch)
    me = client.get("/api/v1/accounts/me/", HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    again = client.post("/api/v1/accounts/token/refresh/", {"refresh": pair["refresh"]}, "application/json")
    assert (me.status_code, again.status_code) == (200, 200)


@pytest.mark.parametrize(("age", "status"), [(570, 200), (601, 401)])
def test_a_token_lasts_no_longer_for_it(client: Any, monkeypatch: pytest.MonkeyPatch, age: int, status: int) -> None:
    pair = pair_of_a_host(-age, monkeypatch)
    me = client.get("/api/v1/accounts/me/", HTTP_AUTHORIZATION=f"Bearer {pair['access']}")
    assert me.status_code == status


def test_a_lost_answer_is_given_again_by_a_host_whose_clock_is_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """The grace is shorter than what two clocks may differ by, so it is by the database's."""
    presented, now = pair_of_a_host(0, monkeypatch)["refresh"], timezone.now
    lost = tokens.rotate(presented)
    monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(seconds=60))
    assert tokens.rotate(presented)["refresh"] == lost["refresh"]
