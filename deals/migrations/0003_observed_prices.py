"""Prices seen on deals join the catalogue, and its vectors are kept in half precision (no row is lost either way)."""

import django.db.models.deletion
import pgvector.django.halfvec
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("deals", "0002_estimate_reason")]

    operations = [
        migrations.RemoveIndex(model_name="catalogueitem", name="catalogue_embedding_hnsw"),
        migrations.AlterField(
            model_name="catalogueitem",
            name="embedding",
            field=pgvector.django.halfvec.HalfVectorField(dimensions=384),
        ),
        migrations.AddField(
            model_name="catalogueitem",
            name="deal",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="deals.deal",
            ),
        ),
        migrations.AddField(
            model_name="pricepoint",
            name="catalogued_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
