"""What is unique among deliveries, and the indexes by which they are found; built while the table is in use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Greatest


def _unique(fields: list[str], columns: str, condition: Q, where: str, name: str) -> migrations.SeparateDatabaseAndState:
    """A unique constraint with a condition, as Django makes it, but without holding up those who write."""
    sql = f'CREATE UNIQUE INDEX CONCURRENTLY "{name}" ON "notifications_delivery" ({columns}) WHERE {where}'
    return migrations.SeparateDatabaseAndState(
        database_operations=[migrations.RunSQL(sql, f'DROP INDEX CONCURRENTLY IF EXISTS "{name}"')],
        state_operations=[
            migrations.AddConstraint(
                model_name="delivery", constraint=models.UniqueConstraint(fields=fields, condition=condition, name=name)
            )
        ],
    )


def _index(*expressions: object, **options: object) -> AddIndexConcurrently:
    return AddIndexConcurrently(model_name="delivery", index=models.Index(*expressions, **options))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("notifications", "0003_channels_of_users")]

    operations = [
        _unique(
            ["notification", "user_channel"],
            '"notification_id", "user_channel_id"',
            Q(user_channel__isnull=False),
            '"user_channel_id" IS NOT NULL',
            "one_delivery_per_user_channel",
        ),
        _unique(
            ["notification"],
            '"notification_id"',
            Q(user_channel__isnull=True, channel="in_app"),
            "\"channel\" = 'in_app' AND \"user_channel_id\" IS NULL",
            "one_delivery_in_the_inbox",
        ),
        migrations.RemoveConstraint(model_name="delivery", name="one_delivery_per_channel"),
        _index(
            F("service"),
            Greatest(F("created_at"), F("retry_at"), F("leased_until")),
            condition=Q(state="pending"),
            name="delivery_due",
        ),
        _index(fields=["held_until"], condition=Q(state="held"), name="delivery_held"),
        _index(fields=["bundle"], condition=Q(bundle__isnull=False), name="delivery_bundle"),
        _index(
            fields=["user_channel", "-created_at"],
            condition=Q(user_channel__isnull=False),
            name="delivery_of_user_channel",
        ),
    ]
