"""What the words of goals ask for, compiled for the matcher, which writes it for the goals that are there before it matches next."""

import accounts.models.terms
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models


def _texts():
    return django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None)


class Migration(migrations.Migration):

    dependencies = [("accounts", "0002_goal_judged_at")]

    operations = [
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS pg_trgm", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="GoalTerms",
            fields=[
                (
                    "goal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="terms",
                        serialize=False,
                        to="accounts.goal",
                    ),
                ),
                ("asked", accounts.models.terms.QueryField()),
                ("excluded", accounts.models.terms.QueryField()),
                ("brands", accounts.models.terms.QueryField()),
                ("brand_names", _texts()),
                ("category", accounts.models.terms.QueryField()),
                ("category_words", _texts()),
                ("places", _texts()),
            ],
            options={"verbose_name_plural": "goal terms"},
        ),
        migrations.CreateModel(
            name="GoalKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.TextField()),
                (
                    "goal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="keys", to="accounts.goal"
                    ),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("key", "goal"), name="one_goal_key_each")]},
        ),
        migrations.CreateModel(
            name="GoalWord",
            fields=[("word", models.TextField(primary_key=True, serialize=False))],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("word", name="gin_trgm_ops"), name="goal_word_trigram"
                    )
                ]
            },
        ),
        migrations.AddField(
            model_name="goal",
            name="terms_version",
            field=models.PositiveSmallIntegerField(
                default=0,
                editable=False,
                help_text="Of the rules by which its words were read last; 0 where they were not.",
            ),
        ),
    ]
