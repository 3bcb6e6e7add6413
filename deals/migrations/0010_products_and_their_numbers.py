"""The numbers that name products, and products that turn out to be one."""

import common.models
import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('deals', '0009_submissions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ProductMerge',
            fields=[
                ('id', models.UUIDField(default=common.models.new_id, editable=False, primary_key=True, serialize=False)),
                ('state', models.CharField(choices=[('done', 'One product'), ('undone', 'Taken apart again')], default='done', max_length=8)),
                ('reason', models.CharField(max_length=200)),
                ('confidence', models.FloatField(default=1.0, help_text='0 to 1.')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='ProductNumber',
            fields=[
                ('value', models.CharField(max_length=260, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.AddField(
            model_name='deal',
            name='home',
            field=models.ForeignKey(blank=True, db_index=False, help_text="The product that the deal's own words and numbers name; merges lead from there to its product.", null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='named_deals', to='deals.product'),
        ),
        migrations.AddField(
            model_name='deal',
            name='product_by_hand',
            field=models.BooleanField(default=False, help_text='An operator said which product it is.'),
        ),
        migrations.AddField(
            model_name='deal',
            name='product_confidence',
            field=models.FloatField(blank=True, help_text='0 to 1.', null=True),
        ),
        migrations.AddField(
            model_name='deal',
            name='product_reason',
            field=models.CharField(blank=True, help_text='Why it is of that product.', max_length=200),
        ),
        migrations.AddField(
            model_name='product',
            name='gtin',
            field=models.CharField(blank=True, max_length=14),
        ),
        migrations.AddField(
            model_name='product',
            name='merged_into',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='merged', to='deals.product'),
        ),
        migrations.AddField(
            model_name='product',
            name='mpn',
            field=models.CharField(blank=True, max_length=100),
        ),
        migrations.AddField(
            model_name='productmerge',
            name='by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='productmerge',
            name='kept',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merges_kept', to='deals.product'),
        ),
        migrations.AddField(
            model_name='productmerge',
            name='merged',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='merges_lost', to='deals.product'),
        ),
        migrations.AddField(
            model_name='productnumber',
            name='product',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='numbers', to='deals.product'),
        ),
        migrations.AddConstraint(
            model_name='productmerge',
            constraint=models.UniqueConstraint(django.db.models.functions.comparison.Least('kept', 'merged'), django.db.models.functions.comparison.Greatest('kept', 'merged'), name='one_merge_per_pair'),
        ),
        migrations.AddConstraint(
            model_name='productmerge',
            constraint=models.CheckConstraint(condition=models.Q(('kept', models.F('merged')), _negated=True), name='merge_of_two_products'),
        ),
    ]
