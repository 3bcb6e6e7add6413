"""In which language a user wants to be told."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("accounts", "0005_goal_quantity_and_budget")]

    operations = [
        migrations.AddField(
            model_name="preferences",
            name="language",
            field=models.CharField(
                choices=[("en", "English"), ("de", "Deutsch")],
                default="en",
                help_text="Of what the user is told; the pages are in English.",
                max_length=5,
            ),
        ),
    ]
