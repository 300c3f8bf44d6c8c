// The place where the patient died, to be compared with the preference.

Profile: IzpPlaceOfDeath
Parent: Observation
Id: izp-place-of-death
Title: "IZP place of death"
Description: "Where the patient died, in the same codes as the preferred place of death."
* insert OnePatient(subject)
* code = $loinc#58332-8
* effective[x] 1..1
* effective[x] only dateTime
* value[x] only CodeableConcept
* valueCodeableConcept from IzpPlaceValues (required)
* obeys izp-death-1

Invariant: izp-death-1
* severity = #error
* human = "The place is recorded, or why it is not (dataAbsentReason)."
* human insert NlText([[De plaats is vastgelegd, of waarom niet (dataAbsentReason).]])
* expression = "status = 'entered-in-error' or value.exists() or dataAbsentReason.exists()"
