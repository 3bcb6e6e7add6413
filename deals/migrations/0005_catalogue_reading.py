"""What was read in a product's words is kept beside it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("deals", "0004_catalogue_nearest")]

    operations = [
        migrations.AddField(
            model_name="catalogueitem",
            name="reading",
            field=models.JSONField(blank=True, help_text="What was read in its words, and by which rules.", null=True),
        ),
    ]
