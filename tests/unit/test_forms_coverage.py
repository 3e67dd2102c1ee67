"""The crime form has every part, question and option of the Single Online Home's model.

The model itself is not kept here: a count and a fingerprint of the names of each part are enough to notice that
one has gone. A part that is changed on purpose gets the fingerprint the failing test shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import pytest

from rpa.forms import leaves
from rpa.forms.schema import Node
from tests.worlds import all_forms

form = all_forms()["ocr"]
version = form.versions[1]

# part: how many questions and parts it has, fingerprint of their names
PARTS = {
    "anyWitnesses": (2, "967ad90d"),
    "incidentDetails/btpdetails": (13, "f051f087"),
    "howInvolvedInCrime/victimIsBusiness/businessAddress": (12, "7b007383"),
    "channelShift": (6, "49308d12"),
    "suspect/known/connections": (5, "429ddcc5"),
    "personReporting/currentAddress": (12, "7b007383"),
    "damagedVehicle/damagedProperty": (8, "dcc6f471"),
    "damagedVehicle": (56, "2605d59d"),
    "suspect/unknown/distinguishingFeature": (3, "6b4dbc57"),
    "evidence": (21, "ead6971f"),
    "personReporting/guardianDetails": (152, "e6e8fc57"),
    "howInvolvedInCrime": (5, "f4cabf8e"),
    "incidentDetails": (52, "589d7490"),
    "suspect/known": (165, "51f0246a"),
    "evidence/medicalEvidenceMediaUploads": (6, "4c60ef8a"),
    "personReporting/nextOfKinAddress": (12, "7b007383"),
    "evidence/otherPartyMediaUploads": (6, "4c60ef8a"),
    "personReporting/permanentAddress": (12, "7b007383"),
    "personReporting": (208, "cb52fc95"),
    "incidentDetails/publicTransportDetails": (4, "bb59bf0b"),
    "personReporting/registeredGpaddress": (12, "7b007383"),
    "stolenFrom": (6, "91522741"),
    "stolenItem": (102, "d5ce3048"),
    "suspect": (3, "75b84c55"),
    "threatAbuseOrAssault": (6, "e7c1676d"),
    "suspect/unknown": (157, "141fb214"),
    "suspect/unknown/vehicle": (52, "3f815d4a"),
    "howInvolvedInCrime/victimDetailsFromWitness": (217, "91241d1f"),
    "howInvolvedInCrime/victimDetailsImTheVictim": (60, "4e09aa30"),
    "howInvolvedInCrime/victimIsBusiness": (8, "3ad6374c"),
    "anyWitnesses/witness": (161, "f31bbe15"),
    "evidence/yourMediaUploadsDm": (6, "4c60ef8a"),
}

# list: how many options it has, fingerprint of their identifiers in order
LISTS = {
    "accent": (28, "0df7a5c4"),
    "ageRange": (11, "6512ec26"),
    "ammunitionType": (9, "5f302fb8"),
    "beforeWebsite": (5, "6809a125"),
    "beforeWebsiteBtp": (5, "1a6047ac"),
    "bicycleBrakes": (6, "e38b7029"),
    "bicycleFrameType": (6, "daf8f808"),
    "bicycleGearsNumber": (21, "f421b013"),
    "bicycleGearsType": (12, "023e19fa"),
    "bicycleGender": (4, "70f338b2"),
    "bicycleHandleBarGrip": (5, "3251d0db"),
    "bicycleHandleBarType": (13, "17707df9"),
    "bicycleMudGuards": (5, "8deb35c1"),
    "bicycleSaddle": (6, "725e66bf"),
    "bicycleSuspension": (4, "bf45440f"),
    "bicycleType": (22, "c779e44c"),
    "btptrainOrStation": (2, "95bf7cce"),
    "buildList": (16, "b15831fd"),
    "buildingType": (5, "7098a2dd"),
    "complexion": (10, "7bc93806"),
    "connectionToBusiness": (5, "07bd5a84"),
    "contactPreference": (3, "fcfd3a94"),
    "country": (250, "c7ff93c4"),
    "damagedPropertyUnits": (16, "24599594"),
    "disabilityCategory": (7, "3e59a667"),
    "distinguishingFeature": (7, "2655f5f8"),
    "distinguishingFeatureLocation": (32, "80ba07ff"),
    "distinguishingFeatureType": (5, "1d76faa1"),
    "drivingLicenseType": (4, "c9ac1916"),
    "employmentStatus": (6, "f7ab6d32"),
    "englishFluency": (5, "a1c50a09"),
    "ethnicityGroup": (7, "861d064f"),
    "ethnicityObserved": (7, "fbd10076"),
    "ethnicitySelfDefined": (20, "8629587f"),
    "eyeColour": (8, "1f2e636a"),
    "eyewear": (4, "5cf2d176"),
    "facialHairType": (5, "0a73c1da"),
    "firearmType": (30, "6ac11e7b"),
    "firearmWeaponType": (3, "140e925c"),
    "firstTimeFollowUp": (3, "76e611f8"),
    "firstTimeFollowUpBtp": (3, "c836437b"),
    "gender": (10, "1b45cab3"),
    "hairColourList": (24, "250f1093"),
    "hairStyleList": (29, "9bc16260"),
    "handedness": (4, "0874c5fc"),
    "howInvolvedInCrime": (4, "2fc53104"),
    "howProvidingMedicalEvidence": (2, "4729a0e4"),
    "howToProvideTheirMedia": (2, "cd6c83a2"),
    "howToProvideYourMedia": (2, "b55bfc42"),
    "language": (519, "07a0bf58"),
    "maritalStatus": (6, "193628e4"),
    "mediaType": (5, "3d8aa305"),
    "nationality": (222, "eb507e69"),
    "nationalityAcquisitionMethod": (3, "eca15099"),
    "personToPersonRelationships": (146, "36ec2025"),
    "propertyColour": (21, "aa57d2cf"),
    "propertyUniqueNumberTypeList": (37, "ef85dc6b"),
    "publicTransportType": (4, "86e95df0"),
    "relationshipToVictim": (3, "50106d97"),
    "religionList": (70, "7fd29747"),
    "speechDescriptionList": (11, "278d59b6"),
    "stolenFromWhere": (5, "b758b75e"),
    "stolenItemType": (6, "a52446d5"),
    "suspectKnown": (3, "ad5f4ef2"),
    "titleList": (94, "ca59cdcb"),
    "vehicleFuelTypeList": (4, "2e3c19bc"),
    "vehicleHitchType": (17, "24d0289c"),
    "vehicleIdentifyingFeature": (13, "a211350d"),
    "vehicleMakeList": (284, "e1128fd2"),
    "vehicleMotStatus": (4, "7a542b8b"),
    "vehicleTaxStatus": (4, "aa9fd498"),
    "vehicleTaxiType": (4, "f7c5075c"),
    "vehicleUsage": (2, "5d18f5e9"),
    "vehicleWheelType": (3, "86939788"),
    "weaponType": (43, "0c451553"),
    "whosLocation": (2, "2c217da1"),
}


def fingerprint(names: Iterable[str]) -> str:
    """Eight figures that change with any of the names."""
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:8]


def part(path: str) -> Node:
    """The part of the form at a path; of a part that repeats, the part itself."""
    node = version.node
    for key in path.split("/"):
        node = node.properties[key]
        node = node.items or node
    return node


@pytest.mark.parametrize("path", PARTS)
def test_every_part_has_its_questions(path: str) -> None:
    """A part asks exactly what the model's part asks (its technical tag aside)."""
    names = sorted(set(part(path).properties) - {"_metaData"})
    assert (len(names), fingerprint(names)) == PARTS[path]


@pytest.mark.parametrize("name", LISTS)
def test_every_list_has_its_options(name: str) -> None:
    """A list has exactly the model's identifiers, in the model's order."""
    identifiers = version.lists[name].options
    assert (len(identifiers), fingerprint(identifiers)) == LISTS[name]


def test_no_list_is_without_a_fingerprint() -> None:
    """There are no other lists."""
    assert set(version.lists) == set(LISTS)


def test_the_form_asks_481_different_questions() -> None:
    """All field names of the model are there, and besides them only the tag's and the envelope's."""
    names: set[str] = set()
    for path in PARTS:
        names |= set(part(path).properties)
    assert len(names - {"_metaData"}) == 481


def test_leaves_are_distinct_and_complete() -> None:
    """Every leaf has a place of its own, a question and a type; text has a limit, an option list or a format."""
    asked = leaves(form, 1)
    assert len({question.pointer for question in asked}) == len(asked) > 2900
    assert all(question.title and question.type != "any" for question in asked)
    texts = [question for question in asked if question.type == "string"]
    assert all(question.max_length or question.list or question.format for question in texts)


@pytest.mark.parametrize(
    ("pointer", "list_name", "section"),
    [
        ("/stolenItem/*/vehicleMakeList", "vehicleMakeList", ("Stolen item",)),
        ("/incidentDetails/weaponTypeList/*", "weaponType", ("What happened",)),
        ("/personReporting/currentAddress/country", "country", ("About you", "Address")),
        (
            "/suspect/unknown/vehicle/vehicleColour",
            "propertyColour",
            ("Suspect", "Suspect you can describe", "Suspect's vehicle"),
        ),
    ],
)
def test_a_leaf_knows_its_list_and_its_section(
    pointer: str, list_name: str, section: tuple[str, ...]
) -> None:
    """Questions in repeated and nested parts carry the list and the titles above them."""
    found = next(question for question in leaves(form, 1) if question.pointer == pointer)
    assert (found.list, found.section) == (list_name, section)
