"""A key may stand for a conversation too; the column keeps its name, so that nothing is locked and older hosts go on."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("chat", "0008_written_by_worker")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("idempotencykey", old_name="reply_id", new_name="made_id"),
                migrations.AlterField("idempotencykey", "made_id", models.UUIDField(db_column="reply_id")),
            ]
        )
    ]
