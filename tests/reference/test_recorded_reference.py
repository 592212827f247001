import math

import pytest

from lit_sentiment.errors import InputError
from lit_sentiment.reference.recorded_reference import (
    COMPARED_FIGURES,
    OWN_REFERENCES,
    RecordedReference,
    find_reference,
    recorded_references,
)

CURVES = {name: [1 / 3, math.pi] for name in COMPARED_FIGURES}


def test_file_gives_back_every_digit(tmp_path):
    reference = RecordedReference({"seed": 3}, CURVES, [CURVES, CURVES], {"keras": "3.15.1"})
    reference.write(tmp_path / "reference.json")
    assert RecordedReference.read(tmp_path / "reference.json") == reference


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"curves": {}}', '{"identity": 1, "more": 2}'])
def test_other_files_are_refused_by_name(tmp_path, content):
    path = tmp_path / "other.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"other\.json: expected a recorded reference"):
        RecordedReference.read(path)


def test_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(InputError, match=r"none\.json: expected a recorded reference, found no such file"):
        RecordedReference.read(tmp_path / "none.json")


def test_references_of_the_package_are_whole_and_found_by_their_identity_alone():
    paths = list(recorded_references())
    assert paths
    for path in paths:
        reference = RecordedReference.read(path)
        assert find_reference(reference.identity) == reference
        assert find_reference({**reference.identity, "seed": -1}) is None
        assert len(reference.twins) >= 3
        lengths = {len(curve) for curve in reference.curves.values()}
        assert len(lengths) == 1
        assert lengths.pop() <= reference.identity["max_epochs"]
        assert reference.provenance["keras"] >= "3.15"


def test_references_in_the_working_directory_are_found_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    own = RecordedReference({"seed": 3}, CURVES, [CURVES], {})
    assert find_reference(own.identity) is None
    OWN_REFERENCES.mkdir()
    own.write(OWN_REFERENCES / "own.json")
    assert find_reference(own.identity) == own
    assert find_reference({"seed": 4}) is None
    (OWN_REFERENCES / "broken.json").write_text("{")
    with pytest.warns(UserWarning, match=r"broken\.json: expected a recorded reference.* passed over"):
        assert find_reference(own.identity) == own
