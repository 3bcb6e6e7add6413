"""The index of what deals mean has twice the neighbours: a third of the walk finds more of what is nearest."""

import pgvector.django.indexes
from django.db import migrations

# Each list of neighbours is built in memory as far as it fits; beyond that, building takes many times as long. 250,000 deals take 330 MB.
_MEMORY = "SET LOCAL maintenance_work_mem = '1GB'"


class Migration(migrations.Migration):

    dependencies = [("deals", "0025_words_indexed_at_once")]

    operations = [
        migrations.RunSQL(_MEMORY, migrations.RunSQL.noop),
        migrations.RemoveIndex("dealvector", "deal_nearest"),
        migrations.AddIndex(
            "dealvector",
            pgvector.django.indexes.HnswIndex(
                name="deal_nearest", fields=["embedding"], m=32, ef_construction=200, opclasses=["halfvec_cosine_ops"]
            ),
        ),
        migrations.RunSQL("RESET maintenance_work_mem", migrations.RunSQL.noop),
    ]
