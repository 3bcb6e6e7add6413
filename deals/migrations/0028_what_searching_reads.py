"""What searching reads of deals moves to a table of its own with short rows, which triggers keep like the deals.

The words that deals have are taken along as they are, before the column goes.
"""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F

_COPY = """
    INSERT INTO deals_searchdocument (
           deal_id, first_seen_at, published_at, expires_at, source_id, price, discount_usd, discount_percent, score, state, currency, condition,
           marketplace, category, words)
    SELECT d.id, d.first_seen_at, d.published_at, d.expires_at, d.source_id, d.price, v.discount_usd, v.discount_percent, v.score,
           d.state, d.currency, d.condition, d.marketplace, d.category, d.search
      FROM deals_deal d LEFT JOIN deals_valuation v ON v.id = d.valuation_id
"""

# Room for new prices and scores in each page: what is written where it stood goes into none of the indexes.
_ROOM = "ALTER TABLE deals_searchdocument SET (fillfactor = 85)"

_FUNCTIONS = """
    CREATE FUNCTION deals_words_of(deal deals_deal) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
        SELECT setweight(to_tsvector('english'::regconfig, deal.title), 'A')
            || setweight(to_tsvector('english'::regconfig, deal.brand), 'A')
            || setweight(to_tsvector('english'::regconfig, deal.merchant), 'B')
            || setweight(to_tsvector('english'::regconfig, deal.category), 'B')
            || setweight(to_tsvector('english'::regconfig, deal.description), 'C')
    $$;

    CREATE FUNCTION deals_write_document() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO deals_searchdocument (
               deal_id, first_seen_at, published_at, expires_at, source_id, price, discount_usd, discount_percent, score, state, currency,
               condition, marketplace, category, words)
        SELECT NEW.id, NEW.first_seen_at, NEW.published_at, NEW.expires_at, NEW.source_id, NEW.price, v.discount_usd, v.discount_percent, v.score,
               NEW.state, NEW.currency, NEW.condition, NEW.marketplace, NEW.category, deals_words_of(NEW)
          FROM (VALUES (NEW.valuation_id)) AS held (id) LEFT JOIN deals_valuation v ON v.id = held.id;
        RETURN NULL;
    END $$;

    CREATE FUNCTION deals_change_document() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE deals_searchdocument document
           SET first_seen_at = NEW.first_seen_at, published_at = NEW.published_at, expires_at = NEW.expires_at,
               source_id = NEW.source_id, price = NEW.price, discount_usd = v.discount_usd, discount_percent = v.discount_percent, score = v.score, state = NEW.state,
               currency = NEW.currency, condition = NEW.condition, marketplace = NEW.marketplace, category = NEW.category
          FROM (VALUES (NEW.valuation_id)) AS held (id) LEFT JOIN deals_valuation v ON v.id = held.id
         WHERE document.deal_id = NEW.id;
        IF (OLD.title, OLD.brand, OLD.merchant, OLD.category, OLD.description)
            IS DISTINCT FROM (NEW.title, NEW.brand, NEW.merchant, NEW.category, NEW.description) THEN
            UPDATE deals_searchdocument SET words = deals_words_of(NEW) WHERE deal_id = NEW.id;
        END IF;
        RETURN NULL;
    END $$;

    CREATE FUNCTION deals_change_valuation_in_document() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE deals_searchdocument document
           SET discount_usd = NEW.discount_usd, discount_percent = NEW.discount_percent, score = NEW.score
          FROM deals_deal d
         WHERE d.valuation_id = NEW.id AND document.deal_id = d.id;
        RETURN NULL;
    END $$;
"""
_TRIGGERS = """
    CREATE TRIGGER deals_write_document AFTER INSERT ON deals_deal
       FOR EACH ROW EXECUTE FUNCTION deals_write_document();

    CREATE TRIGGER deals_change_document AFTER UPDATE ON deals_deal
       FOR EACH ROW WHEN (
           (OLD.first_seen_at, OLD.published_at, OLD.expires_at, OLD.source_id, OLD.price, OLD.valuation_id, OLD.state, OLD.currency,
            OLD.condition, OLD.marketplace, OLD.category, OLD.title, OLD.brand, OLD.merchant, OLD.description)
           IS DISTINCT FROM
           (NEW.first_seen_at, NEW.published_at, NEW.expires_at, NEW.source_id, NEW.price, NEW.valuation_id, NEW.state, NEW.currency,
            NEW.condition, NEW.marketplace, NEW.category, NEW.title, NEW.brand, NEW.merchant, NEW.description))
       EXECUTE FUNCTION deals_change_document();

    -- A valuation is written before its deal names it, but the order is not promised: both are found whichever comes last.
    CREATE TRIGGER deals_write_valuation_in_document AFTER INSERT ON deals_valuation
       FOR EACH ROW EXECUTE FUNCTION deals_change_valuation_in_document();

    CREATE TRIGGER deals_change_valuation_in_document AFTER UPDATE ON deals_valuation
       FOR EACH ROW WHEN (
           (OLD.discount_usd, OLD.discount_percent, OLD.score) IS DISTINCT FROM (NEW.discount_usd, NEW.discount_percent, NEW.score))
       EXECUTE FUNCTION deals_change_valuation_in_document();
"""
_NO_TRIGGERS = """
    DROP TRIGGER deals_change_valuation_in_document ON deals_valuation;
    DROP TRIGGER deals_write_valuation_in_document ON deals_valuation;
    DROP TRIGGER deals_change_document ON deals_deal;
    DROP TRIGGER deals_write_document ON deals_deal;
"""
_NO_FUNCTIONS = """
    DROP FUNCTION deals_change_valuation_in_document();
    DROP FUNCTION deals_change_document();
    DROP FUNCTION deals_write_document();
    DROP FUNCTION deals_words_of(deals_deal);
"""


class Migration(migrations.Migration):

    dependencies = [("deals", "0027_valuations_in_an_index")]

    operations = [
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                (
                    "deal",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="document",
                        serialize=False,
                        to="deals.deal",
                    ),
                ),
                ("first_seen_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                (
                    "source",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="deals.source",
                    ),
                ),
                ("price", models.DecimalField(decimal_places=4, max_digits=14)),
                ("discount_usd", models.DecimalField(decimal_places=4, max_digits=14, null=True)),
                ("discount_percent", models.DecimalField(decimal_places=2, max_digits=9, null=True)),
                ("score", models.PositiveSmallIntegerField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("active", "Active"),
                            ("sold_out", "Sold out"),
                            ("expired", "Expired"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=10,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                (
                    "condition",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("refurbished", "Refurbished"),
                            ("used", "Used"),
                            ("unknown", "Not stated"),
                        ],
                        max_length=12,
                    ),
                ),
                ("marketplace", models.CharField(max_length=80)),
                ("category", models.CharField(blank=True, max_length=100)),
                ("words", django.contrib.postgres.search.SearchVectorField()),
            ],
        ),
        migrations.RunSQL(_ROOM, migrations.RunSQL.noop),
        migrations.RunSQL(_COPY, migrations.RunSQL.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AddIndex(
            "searchdocument",
            models.Index(F("first_seen_at").desc(), F("deal").desc(), name="document_newest"),
        ),
        migrations.AddIndex("searchdocument", models.Index(fields=["marketplace"], name="document_marketplace")),
        migrations.AddIndex(
            "searchdocument",
            django.contrib.postgres.indexes.GinIndex(fields=["words"], name="document_words"),
        ),
        migrations.RunSQL(_FUNCTIONS, _NO_FUNCTIONS),
        migrations.RunSQL(_TRIGGERS, _NO_TRIGGERS),
        migrations.RemoveIndex("deal", "deal_search"),
        migrations.RemoveField("deal", "search"),
    ]
