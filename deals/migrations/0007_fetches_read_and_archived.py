"""Indexes to the fetches that were read and to those that are in the archive; without holding up whoever scans meanwhile."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("deals", "0006_alarms_and_archive")]

    operations = [
        AddIndexConcurrently(
            model_name="fetch",
            index=models.Index(
                condition=models.Q(("outcome", "ok")), fields=["source", "-started_at"], name="fetch_read"
            ),
        ),
        AddIndexConcurrently(
            model_name="fetch",
            index=models.Index(
                condition=models.Q(("archive_key", ""), _negated=True),
                fields=["source", "-started_at"],
                name="fetch_archived",
            ),
        ),
    ]
