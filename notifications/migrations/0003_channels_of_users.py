"""The channels of users, when they want to be told and of what not, and what a delivery knows of its channel.

The mail channels of accounts that exist are made when they are needed first (`routing.make_mail_channels`).
"""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import common.models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_goal_quantity_and_budget"),
        ("notifications", "0002_withheld_deliveries"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="UserChannel",
            fields=[
                ("id", models.UUIDField(default=common.models.new_id, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=30)),
                ("name", models.CharField(blank=True, help_text="As its owner calls it; empty: as its kind is called.", max_length=80)),
                ("config", models.JSONField(blank=True, default=dict)),
                ("service", models.CharField(blank=True, help_text="Whom it asks, such as webhook:example.com: those who share one fail together.", max_length=200)),
                ("is_enabled", models.BooleanField(default=True)),
                ("disabled_reason", models.CharField(blank=True, help_text="Empty where its owner has paused it.", max_length=500)),
                ("disabled_at", models.DateTimeField(blank=True, null=True)),
                ("failures", models.PositiveSmallIntegerField(default=0, help_text="Refusals for good since the last success.")),
                ("last_success_at", models.DateTimeField(blank=True, null=True)),
                ("last_error", models.TextField(blank=True)),
                ("last_error_at", models.DateTimeField(blank=True, null=True)),
                ("pace", models.CharField(choices=[("immediate", "At once"), ("hourly", "Once an hour"), ("daily", "Once a day"), ("weekly", "Once a week")], default="immediate", max_length=9)),
                ("pace_hour", models.PositiveSmallIntegerField(default=8, validators=[django.core.validators.MaxValueValidator(23)])),
                ("pace_weekday", models.PositiveSmallIntegerField(default=0, help_text="0 is Monday.", validators=[django.core.validators.MaxValueValidator(6)])),
                ("daily_cap", models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ("breaks_quiet", models.BooleanField(default=False, help_text="Tells in quiet hours too.")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="channels", to=settings.AUTH_USER_MODEL)),
            ],
            options={"ordering": ["created_at"]},
        ),
        migrations.AddConstraint(
            model_name="userchannel",
            constraint=models.UniqueConstraint(condition=models.Q(("kind", "email")), fields=("user",), name="one_mail_channel_each"),
        ),
        migrations.CreateModel(
            name="Quiet",
            fields=[
                ("user", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="quiet", serialize=False, to=settings.AUTH_USER_MODEL)),
                ("quiet_from", models.TimeField(blank=True, null=True)),
                ("quiet_until", models.TimeField(blank=True, null=True)),
                ("days", django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(validators=[django.core.validators.MaxValueValidator(6)]), blank=True, default=list, help_text="On which days of the week, 0 is Monday; empty: on all.", size=None)),
                ("daily_cap", models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1)])),
                ("priority_breaks_quiet", models.BooleanField(default=True, help_text="Goals of the highest priority tell in quiet hours too.")),
            ],
            options={"verbose_name_plural": "quiet hours"},
        ),
        migrations.CreateModel(
            name="Snooze",
            fields=[
                ("id", models.UUIDField(default=common.models.new_id, editable=False, primary_key=True, serialize=False)),
                ("product_key", models.CharField(blank=True, help_text="The product's id, or the deal's where it has none.", max_length=64)),
                ("everything", models.BooleanField(default=False)),
                ("until", models.DateTimeField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("goal", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.goal")),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="snoozes", to=settings.AUTH_USER_MODEL)),
            ],
            options={"ordering": ["-created_at"]},
        ),
        migrations.AddIndex(model_name="snooze", index=models.Index(fields=["user", "until"], name="snooze_user_until")),
        migrations.AddConstraint(
            model_name="snooze",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("everything", True), ("goal__isnull", True), ("product_key", "")),
                    models.Q(("everything", False), ("goal__isnull", False), ("product_key", "")),
                    models.Q(("everything", False), ("goal__isnull", True), models.Q(("product_key", ""), _negated=True)),
                    _connector="OR",
                ),
                name="snooze_of_one_thing",
            ),
        ),
        migrations.CreateModel(
            name="MutedMerchant",
            fields=[
                ("id", models.UUIDField(default=common.models.new_id, editable=False, primary_key=True, serialize=False)),
                ("merchant", models.CharField(max_length=200)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="muted_merchants", to=settings.AUTH_USER_MODEL)),
            ],
            options={"ordering": ["merchant"]},
        ),
        migrations.AddConstraint(
            model_name="mutedmerchant",
            constraint=models.UniqueConstraint(fields=("user", "merchant"), name="one_mute_per_merchant"),
        ),
        migrations.CreateModel(
            name="MessageTemplate",
            fields=[
                ("id", models.UUIDField(default=common.models.new_id, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=40)),
                ("channel_class", models.CharField(max_length=10)),
                ("text", models.TextField(max_length=4000)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="message_templates", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddConstraint(
            model_name="messagetemplate",
            constraint=models.UniqueConstraint(fields=("user", "kind", "channel_class"), name="one_template_per_kind_and_class"),
        ),
        migrations.AddField(
            model_name="notification",
            name="text",
            field=models.JSONField(blank=True, default=dict, help_text="Its words by class of channel, short and long; empty: made of the title and body."),
        ),
        migrations.AlterField(
            model_name="delivery",
            name="state",
            field=models.CharField(choices=[("pending", "Waiting"), ("held", "Held"), ("sent", "Sent"), ("failed", "Failed"), ("withheld", "Not sent")], default="pending", max_length=8),
        ),
        migrations.AddField(
            model_name="delivery",
            name="user_channel",
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="deliveries", to="notifications.userchannel"),
        ),
        migrations.AddField(
            model_name="delivery",
            name="service",
            field=models.CharField(blank=True, help_text="Of the channel: those of one service queue together.", max_length=200),
        ),
        migrations.AddField(
            model_name="delivery",
            name="bundle",
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="members", to="notifications.delivery"),
        ),
        migrations.AddField(model_name="delivery", name="held_until", field=models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            model_name="delivery",
            name="receipt",
            field=models.CharField(blank=True, help_text="What the service calls it.", max_length=200),
        ),
    ]
