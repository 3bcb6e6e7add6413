"""Prices that users follow, and what their doings say of their taste."""

import common.models
import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0002_goal_judged_at'),
        ('deals', '0020_scores_and_verdicts_with_their_grounds'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='TasteProfile',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='taste', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('liked', models.JSONField(blank=True, default=dict)),
                ('disliked', models.JSONField(blank=True, default=dict)),
                ('direction', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), blank=True, default=list, size=None)),
                ('evidence', models.FloatField(default=0.0, help_text='The sum of the weights, as of then.')),
                ('interactions', models.PositiveIntegerField(default=0)),
                ('as_of', models.DateTimeField(default=django.utils.timezone.now)),
                ('forgotten_before', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Tracking',
            fields=[
                ('id', models.UUIDField(default=common.models.new_id, editable=False, primary_key=True, serialize=False)),
                ('url', models.URLField(max_length=2000)),
                ('canonical_url', models.CharField(max_length=2000)),
                ('state', models.CharField(choices=[('waiting', 'Waiting for its page'), ('active', 'Followed'), ('paused', 'Paused'), ('unreadable', 'Cannot be read')], default='active', max_length=10)),
                ('reason', models.CharField(blank=True, help_text='Why it cannot be read, in a sentence.', max_length=300)),
                ('target_price', models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True, validators=[django.core.validators.MinValueValidator(0)])),
                ('currency', models.CharField(default='USD', max_length=3)),
                ('drop_percent', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(95)])),
                ('lowest_in_days', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(2), django.core.validators.MaxValueValidator(365)])),
                ('back_in_stock', models.BooleanField(default=False)),
                ('base_price', models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True)),
                ('base_currency', models.CharField(blank=True, max_length=3)),
                ('met', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), blank=True, default=list, size=None)),
                ('seen_price', models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True)),
                ('seen_currency', models.CharField(blank=True, max_length=3)),
                ('seen_state', models.CharField(blank=True, max_length=10)),
                ('told_at', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.AddField(
            model_name='tracking',
            name='deal',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='trackings', to='deals.deal'),
        ),
        migrations.AddField(
            model_name='tracking',
            name='source',
            field=models.ForeignKey(blank=True, help_text='The source that was made to read its page again; none where another source does that.', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='trackings', to='deals.source'),
        ),
        migrations.AddField(
            model_name='tracking',
            name='submission',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='trackings', to='deals.submission'),
        ),
        migrations.AddField(
            model_name='tracking',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='trackings', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='tracking',
            index=models.Index(fields=['user', '-created_at'], name='tracking_user'),
        ),
        migrations.AddIndex(
            model_name='tracking',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['state'], name='tracking_waiting'),
        ),
        migrations.AddConstraint(
            model_name='tracking',
            constraint=models.UniqueConstraint(fields=('user', 'deal'), name='one_tracking_per_user_and_deal'),
        ),
        migrations.AddConstraint(
            model_name='tracking',
            constraint=models.UniqueConstraint(fields=('user', 'canonical_url'), name='one_tracking_per_user_and_address'),
        ),
        migrations.AddConstraint(
            model_name='tracking',
            constraint=models.CheckConstraint(condition=models.Q(('target_price__isnull', False), ('drop_percent__isnull', False), ('lowest_in_days__isnull', False), ('back_in_stock', True), _connector='OR'), name='tracking_has_a_term'),
        ),
    ]
