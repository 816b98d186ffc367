"""What the tests of intake share: the shipped province's parts."""

from __future__ import annotations

from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from ioc.catalog import common_data, load_catalogue, load_folder, shipped_province
from ioc.classify import Classifier, LiveClassifier, shipped_lexicon
from ioc.classify.pseudonym import Pseudonyms
from ioc.classify.redact import Redactor
from ioc.detect import load_rules
from ioc.detect.air import load_vn_aqi
from ioc.incidents import load_feedback_texts
from ioc.intake import IntakeParts
from ioc.quality import load_quality
from ioc.routing import ROUTES_FILE, LiveRoutes, load_routes
from ioc.settings import IntakeSettings
from tests.unit.detect.support import with_reading_limits


@pytest.fixture(scope="session")
def parts() -> IntakeParts:
    tables = load_folder(common_data()) | load_folder(shipped_province())
    catalogue = load_catalogue(tables)
    zone = ZoneInfo(catalogue.timezone)
    answers = (files("ioc.incidents") / "data" / "feedback.toml").read_bytes()
    return IntakeParts(
        catalogue=catalogue,
        rules=load_rules(with_reading_limits(tables["thresholds.toml"].decode()).encode(), zone),
        air=load_vn_aqi(tables["vn_aqi.toml"]),
        quality=load_quality(tables["quality.toml"]),
        classifier=LiveClassifier(Classifier(shipped_lexicon(), catalogue.place_names)),
        redactor=Redactor(catalogue.public_names),
        texts=load_feedback_texts(answers, zone),
        routes=LiveRoutes(load_routes(tables[ROUTES_FILE], catalogue.known, zone)),
        settings=IntakeSettings(),
        pseudonyms=Pseudonyms([b"sixteen bytes or more"]),
    )
