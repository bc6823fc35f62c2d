"""Letters that tell of a linked provider; letters are no longer counted by their links, so an index has no reader."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_lists_of_staff'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='mailedlink',
            name='mailed_link_by_address',
        ),
        migrations.AlterField(
            model_name='mailedlink',
            name='kind',
            field=models.CharField(choices=[('reset', 'Reset'), ('verify', 'Verify'), ('cap', 'Cap'), ('notice', 'Notice'), ('linked', 'Linked')], max_length=10),
        ),
        migrations.AlterField(
            model_name='waitingletter',
            name='kind',
            field=models.CharField(choices=[('reset', 'Reset'), ('verify', 'Verify'), ('cap', 'Cap'), ('notice', 'Notice'), ('linked', 'Linked')], max_length=10),
        ),
    ]
