"""What goals mean, for those that ask for it."""

import django.db.models.deletion
import pgvector.django.halfvec
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("accounts", "0007_goal_meaning_and_place"), ("deals", "0022_interactions_of_a_time")]

    operations = [
        migrations.CreateModel(
            name="GoalVector",
            fields=[
                (
                    "goal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="vector",
                        serialize=False,
                        to="accounts.goal",
                    ),
                ),
                ("words_hash", models.CharField(max_length=32)),
                ("embedding", pgvector.django.halfvec.HalfVectorField(dimensions=384)),
                ("as_of", models.DateTimeField()),
            ],
        ),
    ]
