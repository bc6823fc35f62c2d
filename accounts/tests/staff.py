"""Staff at the admin's pages: a browser, the app on the phone (RFC 6238 by hand), and the way in."""

import base64
import hmac
import html
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from html.parser import HTMLParser
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
        self.key, self.step, self.ahead = base64.b32decode(secret.replace(" ", "")), 0, 0

    def at(self, step: int) -> str:
        """What it shows in the half-minute `step` of Unix time."""
        digest = hmac.digest(self.key, step.to_bytes(8, "big"), "sha1")
        place = digest[-1] & 15
        return f"{(int.from_bytes(digest[place : place + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"

    def code(self) -> str:
        """Six digits that it did not show before: nobody waits for the next half-minute, its clock runs ahead.

        It stays as far ahead as it was: the server has noted how much, and bears little deviation from it.
        """
        now = int(time.time()) // 30
        self.step = max(now + self.ahead, self.step + 1)
        self.ahead = self.step - now
        return self.at(self.step)

    def wrong_code(self) -> str:
        """Six digits that it does not show around now."""
        shown = {self.at(int(time.time()) // 30 + near) for near in range(-3, 9)}
        return next(code for code in ("000000", *map(str, range(100_000, 100_020))) if code not in shown)


class Form(HTMLParser):
    """The fields of the one form of a page of the admin that is about rows."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, Any] = {}
        self.is_inside = False
        self.choice = self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self.is_inside = (given.get("id") or "").endswith(("_form", "changelist-form"))
        elif not self.is_inside:
            return
        elif tag == "input" and given.get("type") not in ("submit", "checkbox", "radio"):
            self.keep(name, value)
        elif tag == "input" and "checked" in given:
            self.keep(name, value or "on")
        elif tag == "select":
            self.choice = name
        elif tag == "option" and "selected" in given:
            self.keep(self.choice, value)
        elif tag == "textarea":
            self.text = name
            self.keep(name, "")

    def handle_data(self, data: str) -> None:
        if self.text:
            self.fields[self.text] += data.removeprefix("\n").removeprefix("\r\n")

    def handle_endtag(self, tag: str) -> None:
        self.is_inside &= tag != "form"
        self.text = "" if tag == "textarea" else self.text

    def keep(self, name: str, value: str) -> None:
        """One more value of a name: a list where there are several."""
        before = self.fields.get(name)
        self.fields[name] = value if before is None else [*(before if isinstance(before, list) else [before]), value]


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

    def shown(self, path: str) -> dict[str, Any]:
        """What the form on a page of rows holds, as a browser would send it."""
        form = Form()
        form.feed(self.get(path).text)
        return form.fields

    def change(self, path: str, **fields: Any) -> httpx.Response:
        """Sends the form on a page of rows as it stands, with these changes; `None` unticks."""
        filled = self.shown(path) | fields
        return self.submit(path, **{name: value for name, value in filled.items() if value is not None})

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
