"""What was claimed as the list price stands with each price seen; points written before know of none."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("deals", "0017_categories_of_deals")]

    operations = [
        migrations.AddField(
            model_name="pricepoint",
            name="list_price",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True),
        ),
    ]
