"""New words of goals go into their index at once. Kept in a list beside it until a vacuum, they made each look into the index read the
whole list: 10 ms a word with 400 pages, where the index itself takes 0.1."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [("accounts", "0007_goal_meaning_and_place")]

    operations = [
        migrations.RunSQL(
            ["ALTER INDEX goal_word_trigram SET (fastupdate = off)", "SELECT gin_clean_pending_list('goal_word_trigram')"],
            "ALTER INDEX goal_word_trigram RESET (fastupdate)",
            state_operations=[
                migrations.RemoveIndex("goalword", "goal_word_trigram"),
                migrations.AddIndex(
                    "goalword", GinIndex(OpClass("word", name="gin_trgm_ops"), name="goal_word_trigram", fastupdate=False)
                ),
            ],
        ),
    ]
