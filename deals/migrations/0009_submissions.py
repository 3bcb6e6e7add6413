

import common.models
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('deals', '0008_deal_life'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Submission',
            fields=[
                ('id', models.UUIDField(default=common.models.new_id, editable=False, primary_key=True, serialize=False)),
                ('url', models.URLField(max_length=2000)),
                ('canonical_url', models.CharField(max_length=2000)),
                ('page', models.BinaryField(blank=True, null=True)),
                ('size', models.PositiveIntegerField(default=0, help_text='Bytes of the page, unpacked; 0 where only the address was sent.')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('read', 'Read'), ('refused', 'Not usable'), ('failed', 'Failed')], default='waiting', max_length=8)),
                ('reason', models.CharField(blank=True, max_length=300)),
                ('evidence', models.JSONField(blank=True, default=list)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('deals', models.ManyToManyField(blank=True, related_name='submissions', to='deals.deal')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='submissions', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at'],
                'indexes': [models.Index(fields=['user', '-created_at'], name='submission_user'), models.Index(condition=models.Q(('state', 'waiting')), fields=['created_at'], name='submission_waiting')],
            },
        ),
    ]
