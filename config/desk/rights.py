"""THE list of what moderators may do in the admin; whatever is not here is a superuser's."""

from typing import Any

GROUP = "Moderators"
# model: what they may do with it. No settings, no staff (see members_admin), no rights, nobody's password.
RIGHTS = {
    "accounts.user": "view change delete",
    "accounts.session": "view change",
    "accounts.socialaccount": "view delete",
    "chat.assistant": "view add change",
    "chat.assistantversion": "view",
    "chat.report": "view change",
    "chat.dailyusage": "view",
    "chat.dailyfigures": "view",
    "desk.announcement": "view add change delete",
}


def grant(apps: Any, schema_editor: Any = None) -> None:
    """Gives the group exactly these rights, and makes what is missing; for migrations, after each change of the list.

    Django itself makes the rows of rights only when all migrations have run.
    """
    group, _made = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    group.permissions.set([right(apps, name, verb) for name, verbs in RIGHTS.items() for verb in verbs.split()])


def right(apps: Any, name: str, verb: str) -> Any:
    """One right's row."""
    app, model = name.split(".")
    kind, _made = apps.get_model("contenttypes", "ContentType").objects.get_or_create(app_label=app, model=model)
    named = {"codename": f"{verb}_{model}", "defaults": {"name": f"Can {verb} {model}"}}
    return apps.get_model("auth", "Permission").objects.get_or_create(content_type=kind, **named)[0]
