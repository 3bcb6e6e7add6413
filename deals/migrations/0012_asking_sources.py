"""How a source is asked: what an operator set for it, and what is remembered so that it is asked no more often than needed."""

import common.models
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('deals', '0011_home_of_deals'),
    ]

    operations = [
        migrations.AddField(
            model_name="source",
            name="body_read_at",
            field=models.DateTimeField(blank=True, help_text="When that was read.", null=True),
        ),
        migrations.AddField(
            model_name='source',
            name='body_hash',
            field=models.CharField(blank=True, help_text='Of what it gave last and was read.', max_length=64),
        ),
        migrations.AddField(
            model_name='source',
            name='is_adaptive',
            field=models.BooleanField(default=True, help_text='Ask less often, down to an eighth as often, for as long as nothing changes.'),
        ),
        migrations.AddField(
            model_name='source',
            name='unchanged_scans',
            field=models.PositiveIntegerField(default=0, help_text='Scans in a row that found nothing new.'),
        ),
        migrations.CreateModel(
            name='SourceAccess',
            fields=[
                ('id', models.UUIDField(default=common.models.new_id, editable=False, primary_key=True, serialize=False)),
                ('user_agents', models.JSONField(blank=True, default=list, help_text='Taken in turn; none means our own honest one.')),
                ('sealed_headers', models.TextField(blank=True, editable=False)),
                ('sealed_cookies', models.TextField(blank=True, editable=False)),
                ('sealed_proxy', models.TextField(blank=True, editable=False)),
                ('updated_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('source', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='access', to='deals.source')),
            ],
            options={
                'verbose_name_plural': 'source accesses',
            },
        ),
    ]
