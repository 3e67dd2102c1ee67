"""How the fields of the website's own format are called in the Standard Data Model, from the sender's side."""

from __future__ import annotations

ENVELOPE = (
    "submissionId",
    "submitTime",
    "category",
    "categorySubcode",
    "customerReferenceNumber",
    "externalReferenceId",
    "forceIdentifier",
    "highHarmFlag",
    "userAgent",
    "UserAgent",
    "ipAddress",
)
PERSON = {
    "title": "titleOther",
    "titleListOther": "titleOther",
    "titleList": "title",
    "ageDetails": "age",
    "ageRangeOcr": "ageRange",
    "build": "buildDetails",
    "buildList": "build",
    "communicationNeedsDescription": "communicationNeedsDetails",
    "countryOfBirth": "placeOfBirth",
    "additionalCitizenship": "hasAdditionalCitizenship",
    "additionalCitizenshipList": "additionalCitizenship",
    "dateOfBirthKnown": "dateofBirthKnown",
    "eyeColour": "eyeColourDetails",
    "eyeColourListLeft": "eyeColourLeft",
    "eyeColourListRight": "eyeColourRight",
    "facialHairTypeOtherDetails": "facialHairDetails",
    "hairColour": "hairColourDetails",
    "hairStyleList": "hairStyle",
    "identifyingMarks": "distinguishingFeatureDetails",
    "inEducation": "educationStatus",
    "languagesSpoken": "languagesSpokenDetails",
    "languagesSpokenList": "languagesSpoken",
    "nationality": "nationalityDetails",
    "nationalityList": "nationality",
    "previousNationalityList": "previousNationality",
    "preferredLanguageSpokenList": "preferredLanguageSpoken",
    "preferredLanguageWrittenList": "preferredLanguageWritten",
    "religion": "religionOther",
    "religionList": "religion",
    "speechDescriptionList": "speechDescription",
    "unavailabilityDetail": "unavailabilityDetails",
    "victimSuspectRelationship": "victimRelationshipToSuspectDetails",
    "victimSuspectRelationshipList": "victimRelationshipToSuspect",
    "workStartTime": "workStartTimeDetails",
    "workStartTimeClock": "workStartTime",
    "workEndTime": "workEndTimeDetails",
    "workEndTimeClock": "workEndTime",
    "unavailableDates": "attendanceUnavailableDates",
    "disabilityCategories": "disabilityCategory",
    "disabilityCategoriesOther": "disabilityDetails",
    "personUnder18": "under18",
    "previousCrimeExperiencedDetail": "previousCrimeExperiencedDetails",
    "ethnicity": "ethnicityGroup",
}
LISTS = {"givenName": ("firstName",), "middleName": ("middleName1", "middleName2")}
TELEPHONES = {
    "phoneNumber": "personalTelephone",
    "preferredPhoneNumber": "preferredContactMethod",
    "daytimeTelephone": "daytimeTelephone",
    "eveningTelephone": "eveningTelephone",
    "workPhoneNumber": "businessTelephone",
}
EMAILS = {"emailAddress": "personalEmail", "workEmailAddress": "businessEmail"}
ACCOUNTS = {"facebookUserName": "Facebook", "instragramUsername": "Instagram", "tikTokUsername": "Tiktok"}
ADDRESSES = {
    "currentAddress": "currentAddress",
    "permanentAddress": "permanentAddress",
    "registeredGpaddress": "registeredGpAddress",
}
ADDRESS = {
    "streetName": "street",
    "townOrCity": "cityOrTown",
    "latitude": "locationLatitude",
    "longitude": "locationLongitude",
    "easting": "locationEasting",
    "northing": "locationNorthing",
    "osUprn": "locationUPRN",
}
HOME = {
    "dateMovedIn": "dateMovedIn",
    "addressAlarmFitted": "alarmFitted",
    "addressAlarmFittedDetails": "alarmFittedDetails",
    "addressDescription": "addressDescription",
    "sameAddressAsPersonReporting": "sameAddressAsPersonReporting",
}
SCENE = {
    "mapLocation": "mapLocation",
    "mapLocationCorrect": "mapLocationCorrect",
    "mapLocationAdditionalDetails": "mapLocationAdditionalDetails",
    "locationAlarmFitted": "alarmFitted",
    "locationAlarmFittedDetails": "alarmFittedDetails",
    "locationDescription": "addressDescription",
    "sameAddressAsPersonReporting": "sameAddressAsPersonReporting",
}
KIN = {
    "nextOfKinFirstName": "givenName",
    "nextOfKinSurname": "surname",
    "nextOfKinRelationship": "nextOfKinRelationship",
}
VEHICLE = {
    "vehicleRegistrationNumber": "vehicleVRM",
    "vehicleForeignRegistrationNumber": "vehicleForeignVRM",
    "vehicleMakeList": "vehicleMake",
    "vehicleMake": "vehicleMakeDetails",
    "vehicleFuelTypeList": "vehicleFuelType",
    "vehicleFuelType": "vehicleFuelTypeDetails",
    "vehicleIdentifyingFeatureList": "vehicleIdentifyingFeature",
    "vehicleIdentifyingFeatureDescription": "vehicleIdentifyingFeatureDetails",
    "wasVehicleDamaged": "vehicleDamaged",
}
MOBILE = {
    "mobileMake": "propertyMakeDetails",
    "mobileModel": "propertyModelDetails",
    "mobileDistinctiveFeatures": "propertyDistinctiveFeaturesDetails",
    "mobileImei": "propertyUniqueNumber",
    "mobileApproxValue": "propertyApproxValue",
    "mobileTracking": "propertyTracking",
    "mobileTrackingDetails": "propertyTrackingDetails",
    "mobilePhoneNumber": "telephoneNumber",
}
BICYCLE = {
    "bicycleMake": "propertyMakeDetails",
    "bicycleModel": "propertyModelDetails",
    "bicycleApproxValue": "propertyApproxValue",
    "bicycleTracking": "propertyTracking",
    "bicycleTrackingDetails": "propertyTrackingDetails",
}
IDENTIFIABLE = {
    "identifiableItemDescription": "propertyDescription",
    "identifiableItemRefNumber": "propertyUniqueNumber",
    "identifiableItemApproxValue": "propertyApproxValue",
}
THINGS = {  # by the kind of a stolen item: its entity, and how its fields are called there
    "SITP_0001": ("bankCard", {}),
    "SITP_0002": ("bicycle", BICYCLE),
    "SITP_0003": ("property", IDENTIFIABLE),
    "SITP_0004": ("mobile", MOBILE),
    "SITP_0006": ("vehicle", VEHICLE),
}
STOLEN_FROM = {
    "stolenFromWhere": "locationType",
    "stolenFromWhereOtherDetails": "locationDetails",
    "buildingTypeOtherDetail": "buildingTypeDetails",
    "forcedEntryDetail": "forcedEntryDetails",
}
WEAPON = ("weaponDetails", "weaponCalibre", "weaponNabisReference", "weaponImitation", "ammunitionType")
MEDIA = {
    "yourMediaUploadsDm": "yourMediaUpload",
    "otherPartyMediaUploads": "otherPartyMediaUpload",
    "medicalEvidenceMediaUploads": "medicalEvidenceMediaUpload",
}
COMPANY = "publicTransportCompany"
