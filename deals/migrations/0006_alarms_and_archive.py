"""Alarms about sources, and on each fetch where the archive has what it gave."""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import common.models


class Migration(migrations.Migration):
    dependencies = [
        ("deals", "0005_catalogue_reading"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="fetch",
            name="archive_key",
            field=models.CharField(blank=True, default="", help_text="Where the archive has what it gave.", max_length=200),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="fetch",
            name="archive_sha256",
            field=models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="fetch",
            name="archive_error",
            field=models.CharField(blank=True, default="", help_text="Why the archive does not have it.", max_length=300),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="fetch",
            name="readable",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Entries of this fetch that were read into deals; older records do not say it.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="compared_from",
            field=models.DateTimeField(
                blank=True, help_text="What it gave before then is no measure of what it gives now.", null=True
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="watched_from",
            field=models.DateTimeField(
                default=django.utils.timezone.now,
                help_text="It was made, resumed or given another address then: silence counts from there.",
            ),
        ),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                (
                    "id",
                    models.UUIDField(default=common.models.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("subject", models.CharField(max_length=200)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("silent", "No success for three intervals"),
                            ("empty", "No entries any more"),
                            ("unreadable", "Half as many entries can be read as before"),
                            ("canary", "A page that was read cannot be read any more"),
                        ],
                        max_length=12,
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("sentence", models.TextField()),
                ("data", models.JSONField(blank=True, default=dict)),
                ("started_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="alarms",
                        to="deals.source",
                    ),
                ),
            ],
            options={
                "ordering": ["-started_at"],
                "indexes": [models.Index(fields=["source", "-started_at"], name="alarm_source_started")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("subject", "kind"), name="one_open_alarm"
                    )
                ],
            },
        ),
    ]
