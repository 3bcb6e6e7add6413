"""What a score and a verdict rest on stands with the valuation; older valuations have none until they are judged again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("deals", "0019_words_of_deals")]

    operations = [
        migrations.AlterField(
            model_name="valuation",
            name="reasons",
            field=models.JSONField(blank=True, default=list, help_text="Sentences about the worth."),
        ),
        migrations.AddField(
            model_name="valuation",
            name="score_inputs",
            field=models.JSONField(blank=True, default=dict, help_text="What each part was worked out from."),
        ),
        migrations.AddField(
            model_name="valuation",
            name="score_version",
            field=models.CharField(
                blank=True,
                default="",
                help_text="The formula; empty where it is from before formulas had versions.",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="valuation",
            name="statistics",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="How the score stands to the product's earlier ones, and how stable its price is.",
            ),
        ),
        migrations.AddField(
            model_name="valuation",
            name="verdict_reasons",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Two sentences, made from the record; none where it is from before there was one.",
            ),
        ),
        migrations.AddField(
            model_name="valuation",
            name="verdict_record",
            field=models.JSONField(blank=True, default=dict, help_text="All that the verdict rests on."),
        ),
        migrations.AddField(
            model_name="valuation",
            name="verdict_words",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="The two sentences as a language model put them, where every number was right.",
            ),
        ),
    ]
