"""Where deals stand on the map."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("deals", "0023_vectors_of_goals")]

    operations = [
        migrations.CreateModel(
            name="MapPlace",
            fields=[
                (
                    "deal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="map_place",
                        serialize=False,
                        to="deals.deal",
                    ),
                ),
                ("x", models.FloatField()),
                ("y", models.FloatField()),
            ],
        ),
    ]
