"""What a worker writes has an index that only questions which name a worker can use.

With the old one, as small, a list of conversations read all that was being written once a row, whenever the figures of
the table were taken while nothing was.
"""

from django.db import migrations, models

from config.migrating import AddIndexGently, RemoveIndexGently


class Migration(migrations.Migration):

    atomic = False

    dependencies = [("chat", "0007_requests_by_day")]

    operations = [
        AddIndexGently(
            model_name="message",
            index=models.Index(
                fields=["worker_id"],
                condition=models.Q(status="writing", worker_id__isnull=False),
                name="written_by_worker",
            ),
        ),
        RemoveIndexGently(model_name="message", name="writing_by_worker"),
    ]
