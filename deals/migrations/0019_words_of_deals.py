"""The words in the titles of deals, those of the deals that are there already among them."""

import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("deals", "0018_claims_of_price_points")]

    operations = [
        migrations.CreateModel(
            name="DealWord",
            fields=[("word", models.TextField(primary_key=True, serialize=False))],
        ),
        migrations.RunSQL(
            """
            INSERT INTO deals_dealword (word)
            SELECT DISTINCT word FROM deals_deal, unnest(tsvector_to_array(ts_filter(search, '{a}'))) AS word
             WHERE length(word) >= 6 AND word !~ '[0-9]'
            """,
            migrations.RunSQL.noop,
        ),
        migrations.AddIndex(
            model_name="dealword",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("word", name="gin_trgm_ops"), name="deal_word_trigram"
            ),
        ),
    ]
