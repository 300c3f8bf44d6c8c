// The process of a plan, from marking to aftercare: its steps as a PlanDefinition, and what the service notes on the Tasks it makes of them.

CodeSystem: IzpProcessStep
Id: izp-process-step
Title: "Step of the process"
Description: "The steps the service knows: when each begins, and what in the record shows that it is done. A region's own steps carry codes of its own and are ended by hand."
* ^caseSensitive = true
* #marking "Marking" "Ask whether the palliative phase has begun, and mark it. Done when a marking is active."
* #marking insert Nl([[Palliatieve fase markeren]])
* #conversation "Conversation" "The advance care planning conversation. Done when one is recorded as completed."
* #conversation insert Nl([[Gesprek over wensen en grenzen]])
* #plan "Plan" "What was agreed stands in the plan. Done when it holds a current agreement or goal."
* #plan insert Nl([[Afspraken vastleggen in het zorgplan]])
* #share "Share" "The patient is asked who may see the plan. Done when a permission or an objection is recorded."
* #share insert Nl([[Toestemming voor delen vragen]])
* #coordinate "Coordinate" "One central care provider. Done when an active care team has one."
* #coordinate insert Nl([[Centrale zorgverlener en team vastleggen]])
* #review "Review" "The plan is looked at again, by its term or because of an event. Done when a later conversation is recorded, or a later review date is set."
* #review insert Nl([[Zorgplan herzien]])
* #dying-phase "Dying phase" "What is needed in the last days is in the house. Done when a palliative kit is placed."
* #dying-phase insert Nl([[Zorg in de stervensfase regelen]])
* #kit-return "Kit return" "The palliative kit goes back to the pharmacy after the death. Done when its state is returned."
* #kit-return insert Nl([[Palliatieve kit retour]])
* #aftercare "Aftercare" "The relatives are asked how they are. Ended by hand."
* #aftercare insert Nl([[Nazorg voor de naasten]])
* #evaluation "Evaluation" "Look back with those who were there: the preferred place realised, or why not. Ended by hand."
* #evaluation insert Nl([[Zorg evalueren]])

CodeSystem: IzpProcessEvent
Id: izp-process-event
Title: "Event of the process"
Description: "What happens to a patient and opens a step: the names of the triggers in the PlanDefinition, and the reason of a review."
* ^caseSensitive = true
* #admission "Admission" "The patient was admitted, or seen at an emergency department."
* #admission insert Nl([[Opname of spoedeisende hulp]])
* #emergency-view "Emergency view" "Urgent care looked at the emergency card or summary."
* #emergency-view insert Nl([[Inzage door de spoedzorg]])
* #representative "New representative" "Another person represents the patient."
* #representative insert Nl([[Nieuwe vertegenwoordiger]])
* #urgency "Urgency colour changed" "The care group gave the patient another colour."
* #urgency insert Nl([[Andere urgentiekleur]])
* #dying-phase "Dying phase" "The plan says that the dying phase has begun."
* #dying-phase insert Nl([[Stervensfase begonnen]])
* #death "Death" "The patient has died."
* #death insert Nl([[Overlijden]])

CodeSystem: IzpStepEnding
Id: izp-step-ending
Title: "Ending of a step"
Description: "Why the service itself ended a Task of the process, in Task.statusReason. One that a care provider ended carries none of these."
* ^caseSensitive = true
* #recorded "Recorded" "What the step asks for stands in the record."
* #recorded insert Nl([[Staat in het dossier]])
* #unmarked "Unmarked" "The marking was ended."
* #unmarked insert Nl([[Markering beëindigd]])
* #deceased "Deceased" "The patient has died."
* #deceased insert Nl([[Patiënt overleden]])
* #death-retracted "Death retracted" "The death was recorded in error."
* #death-retracted insert Nl([[Overlijden ten onrechte vastgelegd]])
* #no-ground "No ground any more" "What opened the step is not so any more."
* #no-ground insert Nl([[Aanleiding vervallen]])

CodeSystem: IzpEvaluation
Id: izp-evaluation
Title: "Evaluation"
Description: "What the service writes into the output of the evaluation's Task, and its outcome."
* ^caseSensitive = true
* #preferred-place "Preferred place of death" "The last preference recorded before the death."
* #preferred-place insert Nl([[Voorkeursplek van overlijden]])
* #place-of-death "Place of death" "Where the patient died."
* #place-of-death insert Nl([[Plaats van overlijden]])
* #preferred-place-realised "Preferred place realised" "Whether the patient died where the patient wanted to."
* #preferred-place-realised insert Nl([[Overleden op de voorkeursplek]])
* #realised "Realised" "The place of death is the preferred one."
* #realised insert Nl([[Ja]])
* #not-realised "Not realised" "The place of death is another one."
* #not-realised insert Nl([[Nee]])
* #unknown "Unknown" "Either place is not recorded, or recorded as unknown or not to be compared."
* #unknown insert Nl([[Onbekend]])

Extension: IzpProcessTerm
Id: izp-process-term
Title: "Process term"
Description: "Within how long a step is to be done for an urgency colour of the marking or a phase of the plan; timingDuration holds for all others."
Context: PlanDefinition.action
* extension contains for 1..1 and within 1..1
* extension[for].value[x] only Coding
* extension[for].value[x] 1..1
* extension[within].value[x] only Duration
* extension[within].value[x] 1..1

Extension: IzpProcessMemory
Id: izp-process-memory
Title: "Process memory"
Description: "What the service remembers on a Task of the process: the due date it set (another one is a care provider's and stays), the status before it ended the Task itself, and for a review what was known when it was opened. Set by the service."
Context: Task
* extension contains due 0..1 and formerStatus 0..1 and since 0..1 and conversation 0..1 and reviewDate 0..1 and urgency 0..1 and representative 0..*
* extension[due].value[x] only date
* extension[due].value[x] 1..1
* extension[formerStatus].value[x] only code
* extension[formerStatus].value[x] 1..1
* extension[since].value[x] only date
* extension[since].value[x] 1..1
* extension[conversation].value[x] only string
* extension[conversation].value[x] 1..1
* extension[reviewDate].value[x] only date
* extension[reviewDate].value[x] 1..1
* extension[urgency].value[x] only code
* extension[urgency].value[x] 1..1
* extension[representative].value[x] only string
* extension[representative].value[x] 1..1

Extension: IzpEndedByDeath
Id: izp-ended-by-death
Title: "Ended by death"
Description: "The service completed this plan because the patient has died. The plan stays the patient's root plan, and becomes active again when the death turns out to be an error. Holds the end that the plan's period had before, if any."
Context: CarePlan
* extension contains on 1..1 and formerEnd 0..1
* extension[on].value[x] only dateTime
* extension[on].value[x] 1..1
* extension[formerEnd].value[x] only dateTime
* extension[formerEnd].value[x] 1..1

Instance: izp-task-due
InstanceOf: SearchParameter
Usage: #definition
* insert Search(izp-task-due, Task, due, date)
* description = "The day by which a task is to be done."
* expression = "Task.restriction.period.end"

RuleSet: Step(id, role, days)
* id = "{id}"
* code = IzpProcessStep#{id}
* participant.type = #practitioner
* participant.role = IzpCareTeamRole#{role}
* timingDuration = {days} 'd'

RuleSet: After(id)
* relatedAction.actionId = "{id}"
* relatedAction.relationship = #after-end

RuleSet: On(event)
* trigger[+].type = #named-event
* trigger[=].name = "{event}"

RuleSet: TermFor(coding, days)
* extension[+].url = Canonical(izp-process-term)
* extension[=].extension[+].url = "for"
* extension[=].extension[=].valueCoding = {coding}
* extension[=].extension[+].url = "within"
* extension[=].extension[=].valueDuration = {days} 'd'

Instance: izp-process
InstanceOf: PlanDefinition
Usage: #definition
* url = Canonical(izp-process)
* name = "IzpProcess"
* title = "Van markering tot nazorg"
* type = http://terminology.hl7.org/CodeSystem/plan-definition-type#clinical-protocol
* status = #active
* subjectCodeableConcept = http://hl7.org/fhir/resource-types#Patient
* description = "The steps of palliative care around the individual care plan (processchema Transformatie palliatieve zorg, kwaliteitskader palliatieve zorg). A region replaces or adds steps with a PlanDefinition of its own that is derived from this one. The terms are this service's own choice."
* action[+]
  * insert Step(marking, main-practitioner, 14)
  * title = "Palliatieve fase markeren"
  * description = "Beantwoord de vraag of de palliatieve fase is begonnen en leg de markering vast."
* action[+]
  * insert Step(conversation, main-practitioner, 30)
  * insert After(marking)
  * insert TermFor(IzpUrgency#red, 7)
  * insert TermFor(IzpUrgency#orange, 14)
  * insert TermFor(IzpUrgency#yellow, 30)
  * insert TermFor(IzpUrgency#green, 90)
  * title = "Gesprek over wensen en grenzen"
  * description = "Voer het gesprek over wensen, verwachtingen en behandelgrenzen en leg het vast."
* action[+]
  * insert Step(plan, main-practitioner, 7)
  * insert After(conversation)
  * title = "Afspraken vastleggen in het zorgplan"
  * description = "Leg vast wat in het gesprek is afgesproken."
* action[+]
  * insert Step(share, main-practitioner, 7)
  * insert After(plan)
  * title = "Toestemming voor delen vragen"
  * description = "Vraag de patiënt wie het zorgplan mag inzien en leg het antwoord vast."
* action[+]
  * insert Step(coordinate, main-practitioner, 14)
  * insert After(plan)
  * title = "Centrale zorgverlener en team vastleggen"
  * description = "Spreek af wie de centrale zorgverlener is, en welk nummer dag en nacht bereikbaar is."
* action[+]
  * insert Step(review, main-practitioner, 180)
  * insert After(plan)
  * insert TermFor(IzpPhase#disease-directed, 180)
  * insert TermFor(IzpPhase#symptom-directed, 90)
  * insert TermFor(IzpPhase#dying, 7)
  * title = "Zorgplan herzien"
  * description = "Bespreek het zorgplan opnieuw met de patiënt."
* action[+]
  * insert Step(review, main-practitioner, 7)
  * id = "review-after-event"
  * insert On(admission)
  * insert On(emergency-view)
  * insert On(representative)
  * insert On(urgency)
  * title = "Zorgplan herzien na een gebeurtenis"
  * description = "Er is iets gebeurd waardoor het zorgplan mogelijk niet meer past. Bespreek het opnieuw met de patiënt."
* action[+]
  * insert Step(dying-phase, central-care-provider, 1)
  * insert On(dying-phase)
  * title = "Zorg in de stervensfase regelen"
  * description = "Regel wat in de laatste dagen in huis nodig is: palliatieve kit, medicatie, uitvoeringsverzoek en een nummer voor dag en nacht."
* action[+]
  * insert Step(kit-return, home-care-nurse, 7)
  * insert On(death)
  * title = "Palliatieve kit retour"
  * description = "Haal de palliatieve kit op en lever hem in bij de apotheek."
* action[+]
  * insert Step(aftercare, aftercare-contact, 42)
  * insert On(death)
  * title = "Nazorg voor de naasten"
  * description = "Vraag de naasten hoe het met hen gaat en of zij nazorg wensen."
* action[+]
  * insert Step(evaluation, main-practitioner, 42)
  * insert On(death)
  * title = "Zorg evalueren"
  * description = "Kijk met de betrokkenen terug: is de patiënt overleden op de plek van voorkeur, en zo niet, waarom niet?"
