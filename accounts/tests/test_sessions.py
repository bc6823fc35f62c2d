"""One's log-ins: seen with their devices and times, ended one by one or all others at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone
from django.utils.translation import override

from accounts import devices, sessions
from accounts.models import Session

ANDROID = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Mobile Safari/537.36"


def begin(person: Any, device: str = ANDROID, *, seen_seconds_ago: float = 0) -> Session:
    session = Session.begin(person.user, device=device)
    aged(session, seen_seconds_ago)
    return session


def aged(session: Session, seconds: float) -> None:
    Session.objects.filter(id=session.id).update(last_seen_at=timezone.now() - timedelta(seconds=seconds))


def ids(person: Any) -> list[str]:
    return [found["id"] for found in person.get("accounts/sessions/").json()]


def test_a_log_in_tells_its_device_and_times_and_which_one_asks(alice: Any) -> None:
    phone = begin(alice)
    response = alice.get("accounts/sessions/")
    assert response.status_code == 200
    by_id = {found["id"]: found for found in response.json()}
    assert set(by_id) == {str(phone.id), str(alice.session.id)}
    assert set(by_id[str(phone.id)]) == {"id", "device", "created_at", "last_seen_at", "current"}
    assert by_id[str(phone.id)]["device"] == "Chrome on Android"
    assert [by_id[str(one.id)]["current"] for one in (phone, alice.session)] == [False, True]
    assert alice.get(f"accounts/sessions/{phone.id}/").json() == by_id[str(phone.id)]


def test_the_newest_seen_stands_first(alice: Any) -> None:
    old, older = begin(alice, seen_seconds_ago=1000), begin(alice, seen_seconds_ago=2000)
    new = begin(alice, seen_seconds_ago=-5)
    assert ids(alice) == [str(one.id) for one in (new, alice.session, old, older)]


def test_only_ones_own_that_live_are_listed(alice: Any, bob: Any) -> None:
    begin(bob)
    ended, expired = begin(alice), begin(alice)
    Session.objects.filter(id=ended.id).end()
    Session.objects.filter(id=expired.id).update(expires_at=timezone.now())
    assert ids(alice) == [str(alice.session.id)]
    assert alice.delete(f"accounts/sessions/{ended.id}/").status_code == 404


def test_a_list_has_an_end(alice: Any) -> None:
    for _ in range(sessions.SHOWN_MAX + 5):
        begin(alice, seen_seconds_ago=10)
    assert len(ids(alice)) == sessions.SHOWN_MAX
    assert alice.delete("accounts/sessions/").status_code == 204
    assert Session.objects.alive().filter(user=alice.user).count() == 1


def test_an_ended_log_in_gets_nowhere(alice: Any, nobody: httpx.Client) -> None:
    other = nobody.post("accounts/login/", json={"email": "alice@example.com", "password": "a quiet harbour"}).json()
    bearer = {"Authorization": f"Bearer {other['access']}"}
    its_id = next(found["id"] for found in alice.get("accounts/sessions/").json() if not found["current"])
    assert alice.delete(f"accounts/sessions/{its_id}/").status_code == 204
    assert nobody.get("accounts/me/", headers=bearer).json()["code"] == "session_ended"
    refreshed = nobody.post("accounts/token/refresh/", json={"refresh": other["refresh"]})
    assert refreshed.json()["code"] == "session_ended"
    assert alice.delete(f"accounts/sessions/{its_id}/").status_code == 404


def test_ending_all_others_ends_neither_ones_own_nor_bobs(alice: Any, bob: Any) -> None:
    begin(alice)
    begin(alice)
    assert alice.delete("accounts/sessions/").status_code == 204
    assert ids(alice) == [str(alice.session.id)]
    assert ids(bob) == [str(bob.session.id)]


def test_ending_ones_own_is_a_log_out(alice: Any) -> None:
    assert alice.delete(f"accounts/sessions/{alice.session.id}/").status_code == 204
    assert alice.get("accounts/sessions/").json()["code"] == "session_ended"


# ---------------------------------------------------------------- Last seen
def last_seen(session: Session) -> Any:
    return Session.objects.get(id=session.id).last_seen_at


def test_a_request_within_five_minutes_writes_nothing(alice: Any) -> None:
    aged(alice.session, 290)
    before = last_seen(alice.session)
    alice.get("accounts/me/")
    assert last_seen(alice.session) == before


def test_a_request_after_five_minutes_is_noted(alice: Any) -> None:
    aged(alice.session, 301)
    asked_at = timezone.now()
    alice.get("accounts/me/")
    assert last_seen(alice.session) >= asked_at


def test_one_request_in_five_minutes_pays(alice: Any, django_assert_num_queries: Any) -> None:
    aged(alice.session, 1000)
    first, second = (Session.objects.get(id=alice.session.id) for _ in range(2))
    with django_assert_num_queries(1):
        first.see()
    noted = last_seen(first)
    second.see()  # it had read the row before
    assert last_seen(first) == noted
    first.refresh_from_db()
    with django_assert_num_queries(0):
        first.see()


def test_many_at_once_are_all_answered(alice: Any) -> None:
    aged(alice.session, 1000)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: alice.get("accounts/me/").status_code, range(16)))
    assert answers == [200] * 16


# ---------------------------------------------------------------- Devices
SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
AGENTS = [
    (ANDROID, "Chrome on Android"),
    (f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {SAFARI} Version/17.5 Safari/604.1", "Safari on iPhone"),
    (f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {SAFARI} CriOS/126 Safari/604.1", "Chrome on iPhone"),
    (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {SAFARI} Version/17.5 Safari/605.1.15", "Safari on macOS"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0", "Firefox on Windows"),
    ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0 Safari/537.36 Edg/126.0", "Edge on Windows"),
    ("Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36 KAKAOTALK 10.8", "KakaoTalk on Android"),
    ("Mozilla/5.0 (Linux; Android 14) SamsungBrowser/25.0 Chrome/121.0 Safari/537.36", "Samsung Internet on Android"),
    ("Mozilla/5.0 (Windows NT 10.0) Chrome/124.0 Whale/3.26 Safari/537.36", "Whale on Windows"),
    ("curl/8.5.0", "curl/8.5.0"),
    ("HaruApp/1.2 (iOS) with many more words", "HaruApp/1.2"),
    ("Mozilla/5.0 (Linux; Android 13)", "Android"),
    ("Mozilla/5.0 (Nintendo Switch)", "Unknown device"),
    ("", "Unknown device"),
    ("\u0007\u202e ()", "Unknown device"),
    ("x" * 200, "x" * 40),
]


@pytest.mark.parametrize(("agent", "name"), AGENTS)
def test_a_device_reads_well(agent: str, name: str) -> None:
    with override("en"):
        assert devices.name_of(agent) == name


def test_a_device_has_a_korean_name() -> None:
    with override("ko"):
        assert devices.name_of(ANDROID) == "Android의 Chrome"
        assert devices.name_of("") == "알 수 없는 기기"
