"""Deals that are there already are of the product that their title names; the index for it is built while the table is in use."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("deals", "0010_products_and_their_numbers")]

    operations = [
        migrations.RunSQL(
            """
            UPDATE deals_deal SET home_id = product_id, product_reason = 'The same title.', product_confidence = 0.95
             WHERE product_id IS NOT NULL AND home_id IS NULL
            """,
            migrations.RunSQL.noop,
        ),
        AddIndexConcurrently(model_name="deal", index=models.Index(fields=["home"], name="deal_home")),
    ]
