"""THE rule of the second step: what staff owe before the admin opens, and codes that open it once."""

import logging
import re
from base64 import b32encode
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from typing import Any

import qrcode
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp import DEVICE_ID_SESSION_KEY, login
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex
from qrcode.image.svg import SvgPathFillImage

from accounts.models import User

logger = logging.getLogger("haru.two_step")
DEVICES = (TOTPDevice, StaticDevice)
# For a queryset of members: whether the step is on. `.annotate(second_step=IS_ON)`
IS_ON = Exists(TOTPDevice.objects.filter(user=OuterRef("pk")))


class CodeRefused(Exception):
    """A code that opens nothing: wrong, used before, or sent less than `wait` seconds too early after wrong ones."""

    def __init__(self, wait: int = 0) -> None:
        self.wait = wait


# ---------------------------------------------------------------- What is owed
def is_staff(user: Any) -> bool:
    """Whether the password is enough of a reason to ask for more; a ban ends that at once."""
    return bool(user.is_active and user.is_staff)


def is_on(user: Any) -> bool:
    """Whether a member enrolled an app."""
    return bool(TOTPDevice.objects.filter(user=user).exists())


def owed(user: Any) -> str | None:
    """The page that stands between a staff member of this request and the admin: a code, enrolment, or none."""
    if user.is_verified():
        return None
    if is_on(user):
        return "two-step-code"
    return "two-step-enrolment" if settings.STAFF_TWO_STEP == "required" else None


# ---------------------------------------------------------------- On and off
@contextmanager
def alone(user: Any) -> Iterator[None]:
    """A transaction in which nobody else turns the member's step on or off, or makes codes."""
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        yield


def new_secret() -> str:
    """20 random bytes, as RFC 4226 recommends, in hexadecimal."""
    return str(random_hex(20))


def secret_as_text(secret: str) -> str:
    """What people type into an app instead of scanning: Base32 in fours."""
    return " ".join(re.findall(".{4}", b32encode(bytes.fromhex(secret)).decode()))


def secret_as_svg(user: Any, secret: str) -> str:
    """The QR code of the `otpauth:` address, black on white in any theme."""
    address = TOTPDevice(user=user, key=secret).config_url
    return str(qrcode.make(address, image_factory=SvgPathFillImage).to_string(encoding="unicode"))


def enrol(user: Any, secret: str, code: str) -> tuple[TOTPDevice, list[str]]:
    """Turns the step on with a first code of the secret: the device and the recovery codes, or CodeRefused."""
    with alone(user):
        if is_on(user):
            raise CodeRefused
        device = TOTPDevice.objects.create(user=user, name="app", key=secret)
        if not is_of_app(squeezed(code)) or not device.verify_token(squeezed(code)):
            raise CodeRefused  # and the device goes with the transaction
        codes = new_recovery_codes(user)
    logger.info("second step on", extra={"member": str(user.pk)})
    return device, codes


def new_recovery_codes(user: Any) -> list[str]:
    """Codes that are shown this once; those before them are void."""
    codes = [StaticToken.random_token() for _ in range(settings.RECOVERY_CODES)]
    with alone(user):
        # The row stays, since a log-in by recovery code hangs on it.
        device, _ = StaticDevice.objects.get_or_create(user=user, defaults={"name": "recovery codes"})
        device.token_set.all().delete()
        StaticToken.objects.bulk_create(StaticToken(device=device, token=kept(code)) for code in codes)
    return [f"{code[:4]}-{code[4:]}" for code in codes]


def recovery_codes_left(user: Any) -> int:
    """How many of them were not used yet."""
    return int(StaticToken.objects.filter(device__user=user).count())


def remove(user: Any) -> bool:
    """Turns the step off: devices and codes go, and what they opened is closed. Whether it was on."""
    with alone(user):
        was_on = is_on(user)
        for device in DEVICES:
            device.objects.filter(user=user).delete()
    if was_on:
        logger.info("second step off", extra={"member": str(user.pk)})
    return was_on


# ---------------------------------------------------------------- Codes
def squeezed(code: str) -> str:
    """A code as people type it, without spaces, hyphens and capitals."""
    return re.sub(r"[\s-]", "", code).lower()


def is_of_app(code: str) -> bool:
    """Six digits; a recovery code has eight letters and digits."""
    return re.fullmatch("[0-9]{6}", code) is not None


def kept(code: str) -> str:
    """What the database knows of a recovery code: a digest under the secret key, cut to the column's 16 characters."""
    return salted_hmac("accounts.two_step", code, algorithm="sha256").hexdigest()[:16]


def use(user: Any, code: str) -> TOTPDevice | StaticDevice:
    """Uses a code of the app or a recovery code up, once, whoever else sends it: its device, or CodeRefused.

    The row is locked from the look at its throttle to the mark that the code was used; a refusal is counted in it
    (the library's throttle: 1, 2, 4, 8 … seconds), so that guesses through any number of log-ins wait for each other.
    """
    code, wait, verified = squeezed(code), 0, False
    model, token = (TOTPDevice, code) if is_of_app(code) else (StaticDevice, kept(code))
    with transaction.atomic():
        device = model.objects.select_for_update().filter(user=user).first()
        if device is not None:
            allowed, why = device.verify_is_allowed()
            if not allowed:
                wait = max(1, ceil((why["locked_until"] - timezone.now()).total_seconds()))
            else:
                verified = device.verify_token(token)
    if device is None or not verified:
        logger.warning("second step refused", extra={"member": str(user.pk), "wait_seconds": wait})
        raise CodeRefused(wait)
    return device


# ---------------------------------------------------------------- The log-in
def begin(request: HttpRequest) -> None:
    """After the password: the code is asked anew, within `SECOND_STEP_SECONDS`, of those who owe one."""
    request.session.pop(DEVICE_ID_SESSION_KEY, None)
    if is_on(request.user) or settings.STAFF_TWO_STEP == "required":
        request.session.set_expiry(settings.SECOND_STEP_SECONDS)


def finish(request: HttpRequest, device: TOTPDevice | StaticDevice) -> None:
    """The log-in has its second step from here on, under a new session key."""
    login(request, device)
    request.session.set_expiry(None)
    request.session.cycle_key()
