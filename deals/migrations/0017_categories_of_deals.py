"""An index by which the categories of live deals are listed; built while the table is in use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("deals", "0016_vectors_and_words_for_searching")]

    operations = [
        AddIndexConcurrently(
            model_name="deal",
            index=models.Index(fields=["category"], name="deal_category"),
        ),
    ]
