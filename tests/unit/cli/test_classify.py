"""What ``ioc classify`` says of texts: each part reads a whole batch, and no answer may depend on the others in it."""

from connectors.cli.classify import understanding
from ioc.catalog import load_catalogue, load_folder, shipped_province
from ioc.classify import Classifier, shipped_lexicon

_TEXTS = (
    "Cháy lớn gần chợ Hạ Long 1, gọi 0912 345 678",
    "",
    "Rác không ai thu gom, chị Nguyễn Thị Hoa ở số 27 ngõ 4 phố Kênh Liêm báo",
    "ngap nuoc o Bai Chay",
)


def test_a_batch_is_answered_as_its_texts_are_one_by_one() -> None:
    catalogue = load_catalogue(load_folder(shipped_province()))
    understand = understanding(catalogue, Classifier(shipped_lexicon(), catalogue.place_names))

    answers = understand(_TEXTS)

    assert [answer["pii"] for answer in answers] == [
        ["0912 345 678"],
        [],
        ["Nguyễn Thị Hoa", "số 27 ngõ 4 phố Kênh Liêm"],
        [],
    ]
    assert answers == [understand([text])[0] for text in _TEXTS]
