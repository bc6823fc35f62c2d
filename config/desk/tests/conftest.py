"""What tests of the desk share: browsers of staff, a moderator, and what they send."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group

from accounts.tests.conftest import mailbox, plain_assets, staff_browser
from accounts.tests.staff import Staff
from config.desk import rights

__all__ = ["mailbox", "plain_assets", "staff_browser"]


@pytest.fixture
def root(staff_browser: Callable[..., Staff]) -> Staff:
    """A superuser, logged in."""
    browser = staff_browser("Root", is_superuser=True)
    browser.log_in()
    return browser


@pytest.fixture
def moderators(server: Any) -> Group:
    """The group as migrations make it."""
    rights.grant(apps)
    return Group.objects.get(name=rights.GROUP)


@pytest.fixture
def mod(staff_browser: Callable[..., Staff], moderators: Group) -> Staff:
    """A moderator, logged in."""
    browser = staff_browser("Mod")
    browser.user.groups.add(moderators)
    browser.log_in()
    return browser
