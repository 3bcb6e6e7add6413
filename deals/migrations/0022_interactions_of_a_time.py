"""The indexes by which what users did is found by time; built while the table is in use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("deals", "0021_followed_prices_and_taste")]

    operations = [
        AddIndexConcurrently(
            model_name="interaction", index=models.Index(fields=["user", "-created_at"], name="interaction_user_created")
        ),
        AddIndexConcurrently(
            model_name="interaction", index=models.Index(fields=["created_at"], name="interaction_created")
        ),
    ]
