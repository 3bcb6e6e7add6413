"""How many a goal is for, and for how much in all."""

from decimal import Decimal

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("accounts", "0004_goal_terms_version_index")]

    operations = [
        migrations.AddField(
            model_name="goal",
            name="quantity",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="It ends when so many are bought.",
                null=True,
                validators=[django.core.validators.MinValueValidator(1)],
            ),
        ),
        migrations.AddField(
            model_name="goal",
            name="budget",
            field=models.DecimalField(
                blank=True,
                decimal_places=4,
                help_text="It ends when so much is spent.",
                max_digits=14,
                null=True,
                validators=[django.core.validators.MinValueValidator(Decimal("0"))],
            ),
        ),
    ]
