from deals.models.access import SourceAccess
from deals.models.alarm import Alarm, AlarmKind
from deals.models.deal import Condition, Deal, DealState, PricePoint, StageState
from deals.models.interaction import DealMark, Interaction, InteractionKind
from deals.models.life import DealChange, DealEvent
from deals.models.match import Match
from deals.models.picture import DealPicture
from deals.models.product import (
    EMBEDDING_DIMENSIONS,
    CatalogueItem,
    MergeState,
    Product,
    ProductMerge,
    ProductNumber,
    ProductSuggestion,
    SuggestionState,
)
from deals.models.search import DealVector, DealWord, GoalVector, MapPlace, SearchDocument, SearchWord
from deals.models.source import Entry, EntryState, Fetch, FetchOutcome, Source, SourceState
from deals.models.submission import Submission, SubmissionState
from deals.models.taste import TasteProfile
from deals.models.tracking import Term, Tracking, TrackingState
from deals.models.valuation import Estimate, Valuation, Verdict

__all__ = [
    "EMBEDDING_DIMENSIONS",
    "Alarm",
    "AlarmKind",
    "CatalogueItem",
    "Condition",
    "Deal",
    "DealChange",
    "DealEvent",
    "DealMark",
    "DealPicture",
    "DealState",
    "DealVector",
    "DealWord",
    "Entry",
    "EntryState",
    "Estimate",
    "Fetch",
    "FetchOutcome",
    "GoalVector",
    "Interaction",
    "InteractionKind",
    "MapPlace",
    "Match",
    "MergeState",
    "PricePoint",
    "Product",
    "ProductMerge",
    "ProductNumber",
    "ProductSuggestion",
    "SearchDocument",
    "SearchWord",
    "Source",
    "SourceAccess",
    "SourceState",
    "StageState",
    "Submission",
    "SubmissionState",
    "SuggestionState",
    "TasteProfile",
    "Term",
    "Tracking",
    "TrackingState",
    "Valuation",
    "Verdict",
]
