"""The indexes for it, built while the tables are in use."""

import pgvector.django.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("deals", "0003_observed_prices")]

    operations = [
        # The graph of 100,000 vectors is built in memory with this, and slowly on disk without.
        migrations.RunSQL("SET maintenance_work_mem = '512MB'", "RESET maintenance_work_mem"),
        AddIndexConcurrently(
            model_name="catalogueitem",
            index=pgvector.django.indexes.HnswIndex(
                ef_construction=128,
                fields=["embedding"],
                m=16,
                name="catalogue_nearest",
                opclasses=["halfvec_cosine_ops"],
            ),
        ),
        AddIndexConcurrently(
            model_name="pricepoint",
            index=models.Index(
                condition=models.Q(("catalogued_at__isnull", True)),
                fields=["id"],
                name="price_point_uncatalogued",
            ),
        ),
        migrations.RunSQL("RESET maintenance_work_mem", migrations.RunSQL.noop),
    ]
