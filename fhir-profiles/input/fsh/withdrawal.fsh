// What was agreed and is taken back: who, when, why. The resource stays, out of force.

Extension: IzpWithdrawal
Id: izp-withdrawal
Title: "Withdrawal"
Description: "The agreement was withdrawn: by whom, when, why, and whether somebody did it in the patient's place. Set by the operation withdraw, with the organisation that had recorded it: whoever withdraws it writes its last version."
Context: CarePlan, Consent, Goal, Observation, ServiceRequest, MedicationRequest
* extension contains who 1..1 and when 1..1 and reason 1..1 and represented 1..1 and by 0..1 and recordedBy 0..1
* extension[who].value[x] only string
* extension[who].value[x] 1..1
* extension[when].value[x] only dateTime
* extension[when].value[x] 1..1
* extension[reason].value[x] only string
* extension[reason].value[x] 1..1
* extension[represented].value[x] only boolean
* extension[represented].value[x] 1..1
* extension[by].value[x] only Reference(Patient or RelatedPerson)
* extension[by].value[x] 1..1
* extension[by] ^short = "The patient or representative whose own token it was done with, with name and role."
* extension[recordedBy].value[x] only Reference(Organization)
* extension[recordedBy].value[x] 1..1
