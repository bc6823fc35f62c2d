"""An index for the figures of a day, built beside the writers."""

from django.db import migrations, models

from config.migrating import AddIndexGently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("chat", "0006_figures")]

    operations = [
        AddIndexGently(
            model_name="reservation",
            index=models.Index(fields=["day"], name="reservations_of_day"),
        ),
    ]
