"""What the pictures of deals look like, a row a deal."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('deals', '0012_asking_sources'),
    ]

    operations = [
        migrations.CreateModel(
            name='DealPicture',
            fields=[
                ('deal', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='picture', serialize=False, to='deals.deal')),
                ('url', models.CharField(max_length=2000)),
                ('hash', models.BigIntegerField(blank=True, help_text='64 bits; pictures that look alike differ in few.', null=True)),
                ('looked_at', models.DateTimeField(blank=True, null=True)),
                ('error', models.CharField(blank=True, max_length=300)),
                ('tries', models.PositiveSmallIntegerField(default=0)),
                ('retry_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.HashIndex(fields=['url'], name='picture_url')],
            },
        ),
    ]
