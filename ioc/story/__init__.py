"""What was decided about an incident, told to people: why it is as it is, and the dossier of an emergency."""

from ioc.languages import LANGUAGES, Language
from ioc.story.dossier import Dossier, dossier
from ioc.story.texts import StoryTexts, load_story_texts, shipped_story_texts
from ioc.story.why import Line, tell

__all__ = [
    "LANGUAGES",
    "Dossier",
    "Language",
    "Line",
    "StoryTexts",
    "dossier",
    "load_story_texts",
    "shipped_story_texts",
    "tell",
]
