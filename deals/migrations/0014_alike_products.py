"""Products that may be one, suggested by the likeness of their names, and when a product was compared."""

import common.models
import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('deals', '0013_pictures_of_deals'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ProductSuggestion',
            fields=[
                ('id', models.UUIDField(default=common.models.new_id, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('open', 'To be decided'), ('accepted', 'One product'), ('declined', 'Two products')], default='open', max_length=8)),
                ('reason', models.CharField(max_length=200)),
                ('confidence', models.FloatField(help_text='0 to 1.')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-confidence', '-created_at'],
            },
        ),
        migrations.AddField(
            model_name='product',
            name='compared_at',
            field=models.DateTimeField(blank=True, help_text='When it was compared with others by its name.', null=True),
        ),
        migrations.AddField(
            model_name='productsuggestion',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='productsuggestion',
            name='kept',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='deals.product'),
        ),
        migrations.AddField(
            model_name='productsuggestion',
            name='merged',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='deals.product'),
        ),
        migrations.AddConstraint(
            model_name='productsuggestion',
            constraint=models.UniqueConstraint(django.db.models.functions.comparison.Least('kept', 'merged'), django.db.models.functions.comparison.Greatest('kept', 'merged'), name='one_suggestion_per_pair'),
        ),
        migrations.AddConstraint(
            model_name='productsuggestion',
            constraint=models.CheckConstraint(condition=models.Q(('kept', models.F('merged')), _negated=True), name='suggestion_of_two_products'),
        ),
    ]
