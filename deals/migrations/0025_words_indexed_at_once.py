"""New words of deals go into their indexes at once, and not into a list beside it that each look into the index reads whole."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations


def _at_once(model: str, name: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        [f"ALTER INDEX {name} SET (fastupdate = off)", f"SELECT gin_clean_pending_list('{name}')"],
        f"ALTER INDEX {name} RESET (fastupdate)",
        state_operations=[
            migrations.RemoveIndex(model, name),
            migrations.AddIndex(model, GinIndex(OpClass("word", name="gin_trgm_ops"), name=name, fastupdate=False)),
        ],
    )


class Migration(migrations.Migration):

    dependencies = [("deals", "0024_places_on_the_map")]

    operations = [_at_once("dealword", "deal_word_trigram"), _at_once("searchword", "search_word_trigram")]
