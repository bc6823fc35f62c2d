"""Codes of the second step: each opens once, guesses wait for each other, the database knows no recovery code."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.tests.staff import (
    ENROLMENT,
    NEW_CODES,
    REFUSED,
    REMOVAL,
    STATE,
    Staff,
    at_once,
    guess_before,
    let_time_pass,
    shown_codes,
)


@pytest.fixture
def half_way(enrolled: Staff) -> Staff:
    """The superuser with the second step on, after the password."""
    enrolled.log_in()
    return enrolled


@pytest.fixture
def inside(half_way: Staff) -> Staff:
    """The superuser with the second step on, in the admin."""
    half_way.code(half_way.app.code())
    return half_way


def opened(response: httpx.Response) -> bool:
    return response.status_code == 302 and response.headers["Location"] == "/admin/"


@pytest.fixture
def ten(half_way: Staff, staff_browser: Callable[..., Staff]) -> list[Staff]:
    """Ten browsers of the same person, each after the password."""
    browsers = [half_way, *(staff_browser("Root") for _ in range(9))]
    for browser in browsers[1:]:
        browser.log_in()
    return browsers


# ---------------------------------------------------------------- The app's codes
def test_a_wrong_code_opens_nothing_and_says_so(half_way: Staff) -> None:
    response = half_way.code(half_way.app.wrong_code())
    assert (response.status_code, REFUSED in response.text) == (200, True)
    assert not half_way.is_in()


@pytest.mark.parametrize("code", ["", "12345", "1234567", "１２３４５６", "+12345", "-1", "0x1234", "a" * 33, "\x00"])
def test_what_is_no_code_opens_nothing(half_way: Staff, code: str) -> None:
    assert half_way.code(code).status_code == 200
    assert not half_way.is_in()


def test_a_code_that_was_used_opens_nothing(half_way: Staff, staff_browser: Any) -> None:
    code = half_way.app.code()
    assert opened(half_way.code(code))
    over_the_shoulder = staff_browser("Root")
    over_the_shoulder.log_in()
    assert REFUSED in over_the_shoulder.code(code).text
    assert not over_the_shoulder.is_in()


def test_the_code_that_turned_the_step_on_does_not_log_in(root: Staff, staff_browser: Any) -> None:
    root.log_in()
    root.enrol()
    again = staff_browser("Root")
    again.log_in()
    assert not opened(again.code(root.app.at(root.app.step)))


def test_of_ten_who_send_one_code_at_once_one_gets_in(ten: list[Staff]) -> None:
    code = ten[0].app.code()
    responses = at_once(*(lambda browser=browser: browser.code(code) for browser in ten))
    assert sum(opened(response) for response in responses) == 1
    assert sum(browser.is_in() for browser in ten) == 1


def test_a_code_may_be_typed_with_a_space(half_way: Staff) -> None:
    code = half_way.app.code()
    assert opened(half_way.code(f" {code[:3]} {code[3:]} "))


def test_anothers_code_opens_nothing(half_way: Staff, staff_browser: Any) -> None:
    mallory = staff_browser("Mallory")
    mallory.log_in()
    mallory.enrol()
    assert not opened(half_way.code(mallory.app.code()))
    let_time_pass()
    assert not opened(half_way.code(mallory.recovery_codes[0]))
    assert not half_way.is_in()


# ---------------------------------------------------------------- Guessing
def test_after_a_wrong_code_even_the_right_one_waits(half_way: Staff) -> None:
    guess_before()
    assert half_way.code(half_way.app.wrong_code()).status_code == 200
    right = half_way.app.code()
    response = half_way.code(right)
    assert response.status_code == 429
    assert f"Seconds to wait until the next try: {response.headers['Retry-After']}." in response.text
    assert not half_way.is_in()
    let_time_pass()
    assert opened(half_way.code(right))
    assert TOTPDevice.objects.get().throttling_failure_count == 0


@pytest.mark.parametrize(("before", "seconds"), [(4, 16), (5, 32), (6, 64), (11, 2048)])
def test_each_wrong_code_doubles_the_wait(half_way: Staff, before: int, seconds: int) -> None:
    guess_before(before)
    half_way.code(half_way.app.wrong_code())
    waiting = half_way.code(half_way.app.code())
    assert waiting.status_code == 429
    assert seconds - 10 < int(waiting.headers["Retry-After"]) <= seconds


def test_of_ten_guesses_at_once_one_is_looked_at(ten: list[Staff]) -> None:
    guess_before(9)
    wrong = ten[0].app.wrong_code()
    responses = at_once(*(lambda browser=browser: browser.code(wrong) for browser in ten))
    assert sorted(response.status_code for response in responses) == [200] + [429] * 9
    assert TOTPDevice.objects.get().throttling_failure_count == 10


def test_guesses_at_recovery_codes_wait_too(half_way: Staff) -> None:
    guess_before()
    assert half_way.code("abcd-efgh").status_code == 200
    assert half_way.code(half_way.recovery_codes[0]).status_code == 429
    let_time_pass()
    assert opened(half_way.code(half_way.recovery_codes[0]))


@pytest.mark.parametrize("page", [NEW_CODES, REMOVAL])
def test_guesses_inside_wait_too(inside: Staff, page: str) -> None:
    guess_before()
    assert inside.submit(page, code=inside.app.wrong_code()).status_code == 200
    assert inside.submit(page, code=inside.app.code()).status_code == 429
    assert TOTPDevice.objects.exists()


# ---------------------------------------------------------------- Recovery codes
def test_a_recovery_code_opens_once(half_way: Staff, staff_browser: Any) -> None:
    code = half_way.recovery_codes[3]
    assert opened(half_way.code(code))
    assert half_way.is_in()
    assert "Recovery codes left: 9." in half_way.get(STATE).text
    again = staff_browser("Root")
    again.log_in()
    assert not opened(again.code(code))
    let_time_pass()
    assert opened(again.code(half_way.recovery_codes[4]))


def test_of_ten_who_send_one_recovery_code_at_once_one_gets_in(ten: list[Staff]) -> None:
    code = ten[0].recovery_codes[0]
    responses = at_once(*(lambda browser=browser: browser.code(code) for browser in ten))
    assert sum(opened(response) for response in responses) == 1
    assert StaticToken.objects.count() == 9


def test_a_recovery_code_may_be_typed_as_people_type(half_way: Staff) -> None:
    assert opened(half_way.code(f" {half_way.recovery_codes[0].upper().replace('-', ' ')} "))


def test_the_database_does_not_know_the_recovery_codes(enrolled: Staff) -> None:
    kept = set(StaticToken.objects.values_list("token", flat=True))
    assert len(kept) == 10
    assert not kept & {code.replace("-", "") for code in enrolled.recovery_codes}


def test_what_the_database_knows_is_no_code(half_way: Staff) -> None:
    assert not opened(half_way.code(StaticToken.objects.all()[0].token))


def test_new_codes_make_the_old_ones_void(inside: Staff, staff_browser: Any) -> None:
    response = inside.submit(NEW_CODES, code=inside.app.code())
    new = shown_codes(response)
    assert len(set(new)) == 10
    assert not set(new) & set(inside.recovery_codes)
    assert "no-store" in response.headers["Cache-Control"]
    again = staff_browser("Root")
    again.log_in()
    assert not opened(again.code(inside.recovery_codes[0]))
    let_time_pass()
    assert opened(again.code(new[0]))


def test_who_came_in_by_a_recovery_code_stays_in_with_new_ones(half_way: Staff) -> None:
    half_way.code(half_way.recovery_codes[0])
    assert len(shown_codes(half_way.submit(NEW_CODES, code=half_way.recovery_codes[1]))) == 10
    assert half_way.is_in()


def test_new_codes_want_a_code(inside: Staff) -> None:
    assert shown_codes(inside.submit(NEW_CODES, code="abcd-efgh")) == []
    assert shown_codes(inside.get(NEW_CODES)) == []
    assert StaticToken.objects.count() == 10


# ---------------------------------------------------------------- Turning it off
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_the_step_is_turned_off_with_a_code(inside: Staff, staff_browser: Any, kind: str) -> None:
    code = inside.app.code() if kind == "app" else inside.recovery_codes[0]
    assert opened(inside.submit(REMOVAL, code=code))
    assert [model.objects.count() for model in (TOTPDevice, StaticDevice, StaticToken)] == [0, 0, 0]
    again = staff_browser("Root")
    again.log_in()
    assert again.is_in()
    assert again.get(REMOVAL).headers["Location"] == ENROLMENT


def test_it_is_not_turned_off_without_one(inside: Staff) -> None:
    for fields in ({}, {"code": "abcd-efgh"}):
        assert inside.submit(REMOVAL, **fields).status_code == 200
    assert TOTPDevice.objects.exists()
    assert StaticToken.objects.count() == 10
