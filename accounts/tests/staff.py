"""Staff at the admin's pages: a browser, the app on the phone (RFC 6238 by hand), and the way in."""

import base64
import hmac
import html
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import httpx
from django.utils import timezone
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import User

PASSWORD = "a quiet harbour"
ENROLMENT, CODE, STATE = "/admin/two-step/enrolment/", "/admin/two-step/code/", "/admin/two-step/"
NEW_CODES, REMOVAL = "/admin/two-step/recovery-codes/", "/admin/two-step/removal/"
REFUSED = "This code is wrong or was used already."


class App:
    """An authenticator app that knows the secret as it was typed in."""

    def __init__(self, secret: str) -> None:
        self.key, self.step = base64.b32decode(secret.replace(" ", "")), 0

    def at(self, step: int) -> str:
        """What it shows in the half-minute `step` of Unix time."""
        digest = hmac.digest(self.key, step.to_bytes(8, "big"), "sha1")
        place = digest[-1] & 15
        return f"{(int.from_bytes(digest[place : place + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"

    def code(self) -> str:
        """Six digits that it did not show before: nobody waits for the next half-minute, its clock runs ahead."""
        self.step = max(int(time.time()) // 30, self.step + 1)
        return self.at(self.step)

    def wrong_code(self) -> str:
        """Six digits that it does not show around now."""
        shown = {self.at(int(time.time()) // 30 + near) for near in range(-3, 9)}
        return next(code for code in ("000000", *map(str, range(100_000, 100_020))) if code not in shown)


class Staff(httpx.Client):
    """A browser of a staff member: `root.log_in(); root.enrol(); root.get("/admin/")`."""

    def __init__(self, server_url: str, user: User) -> None:
        super().__init__(base_url=server_url, timeout=30, headers={"Accept-Language": "en"})
        self.user = user
        self.app: App
        self.recovery_codes: list[str] = []

    def submit(self, path: str, **fields: Any) -> httpx.Response:
        """What the form on a page sends."""
        return self.post(path, data={"csrfmiddlewaretoken": self.cookies["csrftoken"], **fields})

    def log_in(self, next: str = "/admin/") -> httpx.Response:
        """The password."""
        self.get("/admin/login/")
        return self.submit("/admin/login/", username=self.user.email, password=PASSWORD, next=next)

    def secret(self) -> str:
        """The secret on the enrolment's page, as text."""
        found = re.search(r'<code id="secret"[^>]*>([A-Z2-7 ]+)</code>', self.get(ENROLMENT).text)
        assert found
        return found[1]

    def enrol(self) -> httpx.Response:
        """Turns the step on, and keeps the app and the recovery codes."""
        self.app = App(self.secret())
        response = self.submit(ENROLMENT, code=self.app.code())
        self.recovery_codes = shown_codes(response)
        return response

    def code(self, code: str) -> httpx.Response:
        """The second step."""
        return self.submit(CODE, code=code)

    def is_in(self) -> bool:
        """Whether the admin opens."""
        return self.get("/admin/").status_code == 200


def shown_codes(response: httpx.Response) -> list[str]:
    return re.findall("<li>([a-z2-7]{4}-[a-z2-7]{4})</li>", html.unescape(response.text))


def guess_before(times: int = 9) -> None:
    """So many wrong codes in a row were sent before, and the last one's wait is over."""
    for model in (TOTPDevice, StaticDevice):
        model.objects.update(throttling_failure_count=times, throttling_failure_timestamp=an_hour_ago())


def let_time_pass() -> None:
    """The last wrong code was an hour ago."""
    for model in (TOTPDevice, StaticDevice):
        model.objects.exclude(throttling_failure_count=0).update(throttling_failure_timestamp=an_hour_ago())


def an_hour_ago() -> datetime:
    return timezone.now() - timedelta(hours=1)


def at_once(*acts: Callable[[], httpx.Response]) -> list[httpx.Response]:
    """Does all of them in the same moment."""
    together = Barrier(len(acts))

    def act(one: Callable[[], httpx.Response]) -> httpx.Response:
        together.wait()
        return one()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, acts))
