"""Moderators see use and cost."""

from django.db import migrations

from config.desk.rights import grant


class Migration(migrations.Migration):

    dependencies = [("desk", "0003_moderators_reports"), ("chat", "0007_requests_by_day")]

    operations = [migrations.RunPython(grant, migrations.RunPython.noop)]
