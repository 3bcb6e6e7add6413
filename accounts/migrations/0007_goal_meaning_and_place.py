"""How nearly an offer has to mean the same, and the place of a goal as a query; neither is set for goals made before."""

import django.core.validators
from django.db import migrations, models

import accounts.models.terms


class Migration(migrations.Migration):

    dependencies = [("accounts", "0006_preferences_language")]

    operations = [
        migrations.AddField(
            model_name="goal",
            name="min_similarity",
            field=models.FloatField(
                blank=True,
                help_text="An offer without the words counts too where it means as nearly the same as that; empty, only the words count.",
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(0.5),
                    django.core.validators.MaxValueValidator(1),
                ],
            ),
        ),
        migrations.AddField(
            model_name="goalterms",
            name="located",
            field=accounts.models.terms.QueryField(default=""),
        ),
    ]
