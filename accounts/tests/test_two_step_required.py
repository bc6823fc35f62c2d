"""Who reaches what of the admin, generated over its map of addresses: nothing but the page of the step that is owed."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib import admin
from django.urls import URLPattern, URLResolver
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import two_step
from accounts.models import User
from accounts.tests.staff import CODE, ENROLMENT, NEW_CODES, REMOVAL, STATE, Staff

LOG_IN, LOG_OUT = "/admin/login/", "/admin/logout/"


def addresses(patterns: Any = None, prefix: str = "/admin/") -> Iterator[str]:
    """Every address of the admin, with something in the place of its arguments."""
    for pattern in admin.site.get_urls() if patterns is None else patterns:
        route = str(pattern.pattern).strip("^$").replace("(?P<url>.*)", "any/other")
        if labels := re.fullmatch(r"\(\?P<app_label>([\w|]+)\)/", route):
            yield from (f"{prefix}{label}/" for label in labels[1].split("|"))
            continue
        path = prefix + re.sub(r"<[^>]+>", "1", route)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path


ADDRESSES = sorted(set(addresses()))


def leads_to(browser: Staff, address: str, method: str) -> str:
    """Where a request ends up, or its status where it stays."""
    response = browser.submit(address) if method == "POST" else browser.request(method, address)
    while response.status_code in (301, 302):
        response = browser.get(response.headers["Location"])
        address = response.url.path
    return f"{response.status_code} {address}"


def test_the_map_is_the_whole_admin() -> None:
    pages = {"/admin/", "/admin/any/other", "/admin/jsi18n/", "/admin/chat/"}
    assert pages <= set(ADDRESSES)
    assert {LOG_IN, LOG_OUT, ENROLMENT, CODE, STATE, NEW_CODES, REMOVAL} <= set(ADDRESSES)
    for model in admin.site._registry:
        assert f"/admin/{model._meta.app_label}/{model._meta.model_name}/1/delete/" in ADDRESSES
    assert not [address for address in ADDRESSES if re.search(r"[<>()?^$|]", address)]


@pytest.fixture
def required(settings: Any) -> None:
    settings.STAFF_TWO_STEP = "required"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.usefixtures("required")
def test_without_a_device_every_address_leads_to_enrolment(root: Staff, method: str) -> None:
    root.log_in()
    root.get(ENROLMENT)
    others = [address for address in ADDRESSES if address not in (LOG_IN, LOG_OUT)]
    assert {address: leads_to(root, address, method) for address in others} == dict.fromkeys(others, f"200 {ENROLMENT}")
    assert leads_to(root, LOG_IN, "GET") == f"200 {ENROLMENT}"
    assert leads_to(root, LOG_OUT, "POST") == f"200 {LOG_OUT}"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("setting", ["required", "optional"])
def test_with_a_device_every_address_leads_to_the_code(
    enrolled: Staff, settings: Any, method: str, setting: str
) -> None:
    settings.STAFF_TWO_STEP = setting
    enrolled.log_in()
    enrolled.get(CODE)
    others = [address for address in ADDRESSES if address not in (LOG_IN, LOG_OUT)]
    assert {address: leads_to(enrolled, address, method) for address in others} == dict.fromkeys(others, f"200 {CODE}")
    assert leads_to(enrolled, LOG_IN, "GET") == f"200 {CODE}"
    assert leads_to(enrolled, LOG_OUT, "POST") == f"200 {LOG_OUT}"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("who", ["nobody", "banned", "demoted"])
def test_who_is_no_staff_is_led_to_the_log_in(enrolled: Staff, method: str, who: str) -> None:
    enrolled.get(LOG_IN)
    if who != "nobody":
        enrolled.log_in()
        enrolled.code(enrolled.app.code())
        assert enrolled.is_in()
        User.objects.update(**({"is_active": False} if who == "banned" else {"is_staff": False}))
    leads = {address: leads_to(enrolled, address, method) for address in ADDRESSES}
    assert leads == dict.fromkeys(ADDRESSES, f"200 {LOG_IN}")


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_who_is_banned_half_way_gets_no_further(enrolled: Staff, change: dict[str, bool]) -> None:
    enrolled.log_in()
    User.objects.update(**change)
    assert urlsplit(enrolled.code(enrolled.app.code()).headers["Location"]).path == LOG_IN
    User.objects.update(is_active=True, is_staff=True)
    assert not enrolled.is_in()


@pytest.mark.usefixtures("required")
def test_the_page_of_enrolment_tells_nothing_of_the_admin(root: Staff) -> None:
    root.log_in()
    page = root.get(ENROLMENT).text
    assert not re.findall(r"/admin/(?:accounts|chat|auth|password_change)/", page)


@pytest.mark.usefixtures("required")
def test_after_enrolment_the_admin_is_open(root: Staff) -> None:
    root.log_in()
    root.enrol()
    assert root.is_in()
    assert root.get("/admin/accounts/user/").status_code == 200


@pytest.mark.usefixtures("required")
def test_turning_it_off_leads_back_to_enrolment(enrolled: Staff) -> None:
    enrolled.log_in()
    enrolled.code(enrolled.app.code())
    enrolled.submit(REMOVAL, code=enrolled.app.code())
    assert leads_to(enrolled, "/admin/", "GET") == f"200 {ENROLMENT}"


def test_where_it_is_optional_a_password_is_enough_for_whoever_did_not_turn_it_on(root: Staff) -> None:
    root.log_in()
    assert root.is_in()


def test_a_changed_password_ends_the_other_log_ins(enrolled: Staff, staff_browser: Callable[..., Staff]) -> None:
    other = staff_browser("Root")
    for browser in (enrolled, other):
        browser.log_in()
        browser.code(enrolled.app.code())
        assert browser.is_in()
    new = {"new_password1": "an even quieter harbour", "new_password2": "an even quieter harbour"}
    assert enrolled.submit("/admin/password_change/", old_password="a quiet harbour", **new).status_code == 302
    assert enrolled.is_in()
    assert not other.is_in()
    assert leads_to(other, "/admin/", "GET") == f"200 {LOG_IN}"


def test_deleting_a_member_deletes_the_device(enrolled: Staff) -> None:
    enrolled.user.delete()
    assert not any(model.objects.exists() for model in two_step.DEVICES)


def test_a_device_of_another_opens_nothing(enrolled: Staff, staff_browser: Callable[..., Staff]) -> None:
    enrolled.log_in()
    enrolled.code(enrolled.app.code())
    TOTPDevice.objects.update(user=staff_browser("Mallory").user)
    enrolled.log_in()
    assert enrolled.is_in()  # optional, and she has none any more
    TOTPDevice.objects.create(user=enrolled.user, name="app")
    assert not enrolled.is_in()
