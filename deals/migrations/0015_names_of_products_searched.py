"""The indexes by which products are compared by their names; built while the table is in use."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("deals", "0014_alike_products")]

    operations = [
        AddIndexConcurrently(
            model_name="product",
            index=GinIndex(OpClass("name", name="gin_trgm_ops"), name="product_name_trigram"),
        ),
        AddIndexConcurrently(
            model_name="product",
            index=models.Index(fields=["created_at"], condition=models.Q(compared_at=None), name="product_to_compare"),
        ),
    ]
