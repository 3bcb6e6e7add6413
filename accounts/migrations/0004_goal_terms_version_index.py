"""The index by which the matcher finds goals whose terms are missing or out of date; built while the table is in use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("accounts", "0003_goal_terms")]

    operations = [
        AddIndexConcurrently(
            model_name="goal", index=models.Index(fields=["terms_version"], name="goal_terms_version")
        ),
    ]
