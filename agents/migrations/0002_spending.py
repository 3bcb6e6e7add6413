import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.models


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('agents', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Spending',
            fields=[
                ('id', models.UUIDField(default=common.models.new_id, editable=False, primary_key=True, serialize=False)),
                ('day', models.DateField()),
                ('reserved', models.DecimalField(decimal_places=6, default=0, max_digits=14)),
                ('spent', models.DecimalField(decimal_places=6, default=0, max_digits=14)),
                ('calls', models.PositiveIntegerField(default=0, help_text='Calls that were answered and paid for.')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'spending',
                'ordering': ['-day'],
                'constraints': [models.UniqueConstraint(fields=('day', 'user'), name='one_spending_per_day_and_user', nulls_distinct=False)],
            },
        ),
    ]
