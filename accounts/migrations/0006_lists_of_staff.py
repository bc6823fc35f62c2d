"""Indexes for the lists of members and of log-ins, the newest first, built beside the writers."""

from django.db import migrations, models

from config.migrating import AddIndexGently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("accounts", "0005_letters_to_the_operator")]

    operations = [
        AddIndexGently(
            model_name="user",
            index=models.Index(fields=["-date_joined", "-id"], name="member_by_age"),
        ),
        AddIndexGently(
            model_name="session",
            index=models.Index(fields=["-created_at", "-id"], name="session_by_age"),
        ),
    ]
