// The root of the plan: one active CarePlan per patient, from which every part hangs.

Profile: IzpCarePlan
Parent: CarePlan
Id: izp-care-plan
Title: "IZP care plan"
Description: "The patient's individual care plan (individueel zorgplan). One active one per patient; goals, scenarios, medication, kit, team, directives and letters hang from it."
* insert OnePatient(subject)
* intent = #plan
* category 1..*
* category ^slicing.discriminator.type = #pattern
* category ^slicing.discriminator.path = "$this"
* category ^slicing.rules = #open
* category ^slicing.description = "Our own code tells the root plan; the two SNOMED CT record-artefact codes may stand beside it."
* category contains izp 1..1 and advanceCarePlan 0..1 and endOfLifeCarePlan 0..1
* category[izp] = IzpPlanCategory#izp
* category[advanceCarePlan] = $sct#736366004
* category[endOfLifeCarePlan] = $sct#736373009
* goal MS
* activity MS
* careTeam MS
* supportingInfo MS
* contributor MS
* extension contains
    IzpReviewDate named reviewDate 0..1 MS and
    IzpConversationDate named conversationDate 0..1 MS and
    IzpPatientAgreement named patientAgreement 0..1 MS and
    IzpPlanPhase named phase 0..1 MS and
    IzpPlanDigest named digest 0..1 MS
* obeys izp-plan-1

Invariant: izp-plan-1
* severity = #warning
* human = "An active plan says when it is due for review."
* human insert NlText([[Een actief plan vermeldt wanneer het herzien moet worden.]])
* expression = "status = 'active' implies extension('CANONICAL_BASE/StructureDefinition/izp-review-date').exists()"

Extension: IzpReviewDate
Id: izp-review-date
Title: "Review date"
Description: "The day by which the plan is to be reviewed (Dutch civil date)."
Context: CarePlan
* value[x] only date
* value[x] 1..1

Extension: IzpConversationDate
Id: izp-conversation-date
Title: "Conversation date"
Description: "When the conversation took place from which the plan as it stands comes: the date on the form, not when it was sent."
Context: CarePlan
* value[x] only dateTime
* value[x] 1..1

Extension: IzpPatientAgreement
Id: izp-patient-agreement
Title: "Agreement of the patient"
Description: "Whether the patient, or who represents the patient, agrees with the plan as it stands; when, and who said so."
Context: CarePlan
* extension contains answer 1..1 and when 0..1 and by 0..1 and note 0..1
* extension[answer].value[x] only CodeableConcept
* extension[answer].value[x] 1..1
* extension[answer].valueCodeableConcept from IzpAgreementValues (required)
* extension[when].value[x] only dateTime
* extension[when].value[x] 1..1
* extension[by].value[x] only Reference(Patient or RelatedPerson)
* extension[by].value[x] 1..1
* extension[note].value[x] only string
* extension[note].value[x] 1..1

Extension: IzpPlanPhase
Id: izp-plan-phase
Title: "Palliative phase"
Description: "The phase the patient is in; sets the review term."
Context: CarePlan
* value[x] only CodeableConcept
* value[x] 1..1
* valueCodeableConcept from IzpPhaseValues (required)

Extension: IzpPlanDigest
Id: izp-plan-digest
Title: "Plan digest"
Description: "Digest over every part of the plan, set by the service: two copies with the same digest say the same. A client's value is ignored."
Context: CarePlan, Composition
* value[x] only string
* value[x] 1..1
