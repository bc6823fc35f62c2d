"""The group of moderators, with exactly its rights."""

from django.db import migrations

from config.desk.rights import grant


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0004_moderation"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("chat", "0003_nights"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("desk", "0001_announcements"),
    ]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
