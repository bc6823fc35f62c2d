"""The client's address: the server's peer, or what a named proxy says of its own; nobody chooses it otherwise."""

import httpx
import pytest

from chat.tests.processes import host
from config import settings
from config.limits import addresses, hits
from config.limits.models import Counter

PASSWORD = "a quiet harbour"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("2001:DB8:1:2::1", "2001:0db8:0001:0002::0001"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::2%eth1"),
    ],
)
def test_what_one_client_may_choose_among_is_one_place(one: str, other: str) -> None:
    assert addresses.place(one) == addresses.place(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("192.0.2.7", "192.0.2.8"), ("2001:db8:1:2::1", "2001:db8:1:3::1"), ("::ffff:192.0.2.7", "::ffff:192.0.2.8")],
)
def test_others_are_another_place(one: str, other: str) -> None:
    assert addresses.place(one) != addresses.place(other)


@pytest.mark.parametrize("address", ["", "unix:", "unknown", "999.1.1.1", "x" * 9000])
def test_what_is_no_address_is_a_place_too(address: str) -> None:
    assert addresses.place(address) == address


@pytest.mark.parametrize("proxies", ["", "127.0.0.1", "10.0.0.0/8, ::1", "fd00::/8,172.16.0.0/12"])
def test_proxies_are_named_by_address_or_network(proxies: str) -> None:
    assert addresses.are_named(proxies)


@pytest.mark.parametrize("proxies", ["*", "127.0.0.1,*", "0.0.0.0/0", "::/0", "nginx", "10.0.0.1/8"])
def test_not_everybody_is_a_proxy(proxies: str) -> None:
    assert not addresses.are_named(proxies)


# ---------------------------------------------------------------- Over real processes
def sign_up(url: str, number: int, *, peer: str = "127.0.0.1", **headers: str) -> int:
    """The status of one more sign-up, sent from a peer's own address."""
    fields = {"email": f"p{number}@example.com", "nickname": "P", "password": PASSWORD, "password_confirm": PASSWORD}
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    with httpx.Client(transport=httpx.HTTPTransport(local_address=peer), timeout=30) as client:
        return client.post(f"{url}/api/v1/accounts/signup/", json=fields, headers=sent).status_code


def held() -> set[str]:
    """The keys that are held to the limit of sign-ups."""
    return set(Counter.objects.filter(key__startswith="signup:").values_list("key", flat=True))


def key(address: str) -> str:
    return hits.key_of("signup", address)


FORGED: list[dict[str, str]] = [
    {},
    {"X_Forwarded_For": "203.0.113.7"},
    {"X_Forwarded_For": "127.0.0.1"},
    {"Forwarded": "for=203.0.113.8", "X_Real_IP": "203.0.113.8", "True_Client_IP": "203.0.113.8"},
    {"X_Forwarded_For": "203.0.113.9, 10.0.0.2", "CF_Connecting_IP": "203.0.113.9", "Client_IP": "203.0.113.9"},
]


def test_who_is_no_named_proxy_cannot_say_where_it_comes_from(transactional_db: None) -> None:
    with host(SIGNUPS_PER_HOUR="1") as running:
        statuses = [sign_up(running.url, number, **headers) for number, headers in enumerate(FORGED)]
        assert statuses == [201] + [429] * 4
        assert held() == {key("127.0.0.1")}
        assert sign_up(running.url, 9, peer="127.0.0.9") == 201
    assert held() == {key("127.0.0.1"), key("127.0.0.9")}


def test_of_what_a_named_proxy_says_its_own_entry_counts(transactional_db: None) -> None:
    with host(SIGNUPS_PER_HOUR="1", FORWARDED_ALLOW_IPS="127.0.0.1,10.0.0.0/8") as running:
        chains = [  # what the client made up, the client as the outermost proxy saw it, our proxies
            "203.0.113.7",
            "198.51.100.1, 203.0.113.7",
            "198.51.100.2, 203.0.113.7, 10.0.0.2",
            "10.0.0.9, 203.0.113.7, 10.0.0.2, 10.0.0.3",
            "127.0.0.1,203.0.113.7:4711",
        ]
        statuses = [sign_up(running.url, number, X_Forwarded_For=chain) for number, chain in enumerate(chains)]
        assert statuses == [201] + [429] * 4
        assert held() == {key("203.0.113.7")}
        # The same words from somebody who is no proxy of ours mean nothing.
        assert sign_up(running.url, 6, peer="127.0.0.2", X_Forwarded_For="203.0.113.99") == 201
        assert sign_up(running.url, 7, peer="127.0.0.2", X_Forwarded_For="203.0.113.98") == 429
        assert held() == {key("203.0.113.7"), key("127.0.0.2")}
        # Of IPv6 the network counts, in whatever form a proxy writes it.
        assert sign_up(running.url, 10, X_Forwarded_For="2001:db8:0:1::1") == 201
        assert sign_up(running.url, 11, X_Forwarded_For="[2001:db8:0:1::2]:443") == 429
        assert sign_up(running.url, 12, X_Forwarded_For="2001:db8:0:2::1") == 201


@pytest.mark.parametrize("proxies", ["*", "0.0.0.0/0"])
def test_to_believe_everybody_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, proxies: str) -> None:
    monkeypatch.setattr(settings, "FORWARDED_ALLOW_IPS", proxies)
    refusals = [refusal for is_so, refusal in settings.wrong_anywhere() if is_so]
    assert [refusal.split()[0] for refusal in refusals] == ["FORWARDED_ALLOW_IPS"]
