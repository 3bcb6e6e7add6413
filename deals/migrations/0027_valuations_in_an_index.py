"""What filters and orders read of valuations stands in an index, so that they need not fetch the long rows."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("deals", "0026_a_denser_index_of_vectors")]

    operations = [
        migrations.AddIndex(
            "valuation",
            models.Index(
                fields=["id"], include=("score", "discount_percent", "discount_usd"), name="valuation_of_a_deal"
            ),
        ),
    ]
