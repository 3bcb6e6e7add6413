"""What became of deals, and what their sources say of numbers and availability."""

import common.models
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('deals', '0007_fetches_read_and_archived'),
    ]

    operations = [
        migrations.AddField(
            model_name='deal',
            name='availability',
            field=models.CharField(blank=True, help_text='A word of schema.org, such as InStock.', max_length=30),
        ),
        migrations.AddField(
            model_name='deal',
            name='gtin',
            field=models.CharField(blank=True, help_text='14 digits, with a check digit that is right.', max_length=14),
        ),
        migrations.AddField(
            model_name='deal',
            name='mpn',
            field=models.CharField(blank=True, help_text="The maker's part number.", max_length=100),
        ),
        migrations.AddField(
            model_name='deal',
            name='shipping',
            field=models.DecimalField(blank=True, decimal_places=4, help_text='In the same currency; 0 where it is free.', max_digits=14, null=True),
        ),
        migrations.AddField(
            model_name='deal',
            name='sku',
            field=models.CharField(blank=True, help_text="The seller's own number.", max_length=100),
        ),
        migrations.AddField(
            model_name='deal',
            name='state_changed_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='entry',
            name='missed',
            field=models.PositiveSmallIntegerField(default=0, help_text='Full fetches in a row that did not hold it, where the source lists everything.'),
        ),
        migrations.CreateModel(
            name='DealEvent',
            fields=[
                ('id', models.UUIDField(default=common.models.new_id, editable=False, primary_key=True, serialize=False)),
                ('change', models.CharField(choices=[('price', 'Price changed'), ('sold_out', 'Sold out'), ('back_in_stock', 'Back in stock'), ('expired', 'Expired'), ('withdrawn', 'Withdrawn'), ('reappeared', 'Offered again')], max_length=14)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('note', models.CharField(blank=True, help_text='How it came to be known, in a sentence.', max_length=200)),
                ('deal', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='life', to='deals.deal')),
            ],
            options={
                'ordering': ['at', 'id'],
                'indexes': [models.Index(fields=['deal', 'at'], name='deal_event_deal_at')],
            },
        ),
    ]
