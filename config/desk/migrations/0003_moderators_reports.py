"""Moderators work the queue of reports."""

from django.db import migrations

from config.desk.rights import grant


class Migration(migrations.Migration):

    dependencies = [("desk", "0002_moderators"), ("chat", "0004_report_queue")]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
