// "What to do if …", and the medication that is foreseen for it.

Profile: IzpScenario
Parent: ServiceRequest
Id: izp-scenario
Title: "IZP scenario"
Description: "What to do if a foreseen event happens: code is the event, asNeededCodeableConcept how it is recognised, patientInstruction what patient and relatives do, note what professionals do, supportingInfo the medication foreseen."
* insert OnePatient(subject)
* intent = #plan
* code 1..1
* code from IzpScenarioKindValues (extensible)
* asNeeded[x] only CodeableConcept
* asNeeded[x] MS
* patientInstruction MS
* note MS
* supportingInfo MS
* performerType MS
* obeys izp-scenario-1 and izp-do-not-1

Invariant: izp-scenario-1
* severity = #error
* human = "A scenario says what to do: an instruction for patient and relatives, a note for professionals, or medication."
* human insert NlText([[Een scenario zegt wat te doen: een instructie voor patiënt en naasten, een notitie voor zorgverleners, of medicatie.]])
* expression = "patientInstruction.exists() or note.exists() or supportingInfo.exists()"

Invariant: izp-do-not-1
* severity = #error
* human = "An instruction to act is never turned into its opposite by doNotPerform: what not to do is a treatment directive."
* human insert NlText([[Een instructie wordt nooit met doNotPerform in haar tegendeel veranderd: wat niet te doen is een behandelafspraak.]])
* expression = "doNotPerform.empty() or doNotPerform = false"

Profile: IzpAnticipatoryMedication
Parent: MedicationRequest
Id: izp-anticipatory-medication
Title: "IZP anticipatory medication"
Description: "Medication foreseen for a scenario: a plan, not an order. Who may give it when is in the execution request."
* insert OnePatient(subject)
* intent = #plan
* requester MS
* reasonCode MS
* dosageInstruction MS
* extension contains IzpExecutionRequest named executionRequest 0..* MS
* obeys izp-do-not-1 and izp-medication-1

Invariant: izp-medication-1
* severity = #warning
* human = "Anticipatory medication has a dosage instruction: who gives it at night has nobody to ask."
* human insert NlText([[Anticiperende medicatie heeft een doseervoorschrift: wie haar 's nachts geeft kan het niemand vragen.]])
* expression = "dosageInstruction.where(text.exists() or doseAndRate.exists()).exists()"

Extension: IzpExecutionRequest
Id: izp-execution-request
Title: "Execution request"
Description: "The request to carry out (uitvoeringsverzoek) by which home care may give the medication; arranged beforehand."
Context: MedicationRequest, SupplyDelivery
* value[x] only Reference(MedicationRequest or ServiceRequest or DocumentReference)
* value[x] 1..1
