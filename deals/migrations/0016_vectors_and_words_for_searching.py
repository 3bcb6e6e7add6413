"""What searching needs: a vector a deal, and the words of titles. Both tables are new and empty, and workers fill them in parts."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import pgvector.django.halfvec
import pgvector.django.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('deals', '0015_names_of_products_searched'),
    ]

    operations = [
        migrations.CreateModel(
            name='DealVector',
            fields=[
                ('deal', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='vector', serialize=False, to='deals.deal')),
                ('words_hash', models.CharField(max_length=32)),
                ('embedding', pgvector.django.halfvec.HalfVectorField(dimensions=384)),
            ],
            options={
                'indexes': [pgvector.django.indexes.HnswIndex(ef_construction=100, fields=['embedding'], m=16, name='deal_nearest', opclasses=['halfvec_cosine_ops'])],
            },
        ),
        migrations.CreateModel(
            name='SearchWord',
            fields=[
                ('word', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('bare', models.CharField(max_length=40)),
                ('deals', models.PositiveIntegerField(default=1)),
            ],
            options={
                'indexes': [models.Index(fields=['bare'], name='search_word_bare'), django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('word', name='gin_trgm_ops'), name='search_word_trigram')],
            },
        ),
    ]
