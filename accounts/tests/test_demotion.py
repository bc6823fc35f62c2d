"""Rights that were taken away are gone at the next click, in a browser that was logged in before."""

from typing import Any

from django.conf import settings

from accounts.models import User


def test_a_demoted_moderator_is_out_at_once(client: Any, transactional_db: None) -> None:
    root = User.objects.create_superuser(email="root@example.com", password="a quiet harbour")
    assert settings.STAFF_TWO_STEP == "optional"
    client.force_login(root)
    assert client.get("/admin/accounts/user/").status_code == 200
    User.objects.filter(id=root.id).update(is_superuser=False)
    assert client.get("/admin/accounts/user/").status_code == 403
    User.objects.filter(id=root.id).update(is_staff=False)
    assert client.get("/admin/accounts/user/").status_code == 302
