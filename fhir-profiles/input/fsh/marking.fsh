// The marking: a care provider has recognised the palliative phase.

Profile: IzpMarking
Parent: Flag
Id: izp-marking
Title: "IZP marking"
Description: "The palliative phase is marked: since when, by whom, with which instrument and answer, how urgent, and whether the patient is ready to talk. Opens the process."
* insert OnePatient(subject)
* code = IzpMarkingCode#palliative-phase
* period 1..1
* period.start 1..1
* author 1..1
* extension contains
    IzpMarkingAssessment named assessment 1..* MS and
    IzpUrgencyColour named urgency 0..1 MS and
    IzpReadyToTalk named readyToTalk 0..1 MS and
    IzpUnmarkReason named unmarkReason 0..1 MS
* obeys izp-marking-1 and izp-marking-2

Invariant: izp-marking-1
* severity = #error
* human = "A marking that is ended says when (period.end) and why (unmark reason)."
* human insert NlText([[Een beëindigde markering vermeldt wanneer (period.end) en waarom.]])
* expression = "status = 'inactive' implies (period.end.exists() and extension('CANONICAL_BASE/StructureDefinition/izp-unmark-reason').exists())"

Invariant: izp-marking-2
* severity = #warning
* human = "An active marking rests on an answer that points to the palliative phase."
* human insert NlText([[Een actieve markering berust op een antwoord dat op de palliatieve fase wijst.]])
* expression = "status = 'active' implies extension('CANONICAL_BASE/StructureDefinition/izp-marking-assessment').extension('answer').value.coding.where(system = 'CANONICAL_BASE/CodeSystem/izp-marking-answer' and code in ('surprised-by-death' | 'indicators-absent')).empty()"

Extension: IzpMarkingAssessment
Id: izp-marking-assessment
Title: "Marking assessment"
Description: "The instrument and the answer or answers it gave; the double surprise question has two."
Context: Flag
* extension contains instrument 1..1 and answer 0..*
* extension[instrument].value[x] only CodeableConcept
* extension[instrument].value[x] 1..1
* extension[instrument].valueCodeableConcept from IzpMarkingInstrumentValues (extensible)
* extension[answer].value[x] only CodeableConcept
* extension[answer].value[x] 1..1
* extension[answer].valueCodeableConcept from IzpMarkingAnswerValues (extensible)

Extension: IzpUrgencyColour
Id: izp-urgency-colour
Title: "Urgency colour"
Description: "The colour the care group gives the patient."
Context: Flag
* value[x] only CodeableConcept
* value[x] 1..1
* valueCodeableConcept from IzpUrgencyValues (extensible)

Extension: IzpReadyToTalk
Id: izp-ready-to-talk
Title: "Ready to talk"
Description: "Whether the patient is ready for the conversation. Absent: not known."
Context: Flag
* value[x] only boolean
* value[x] 1..1

Extension: IzpUnmarkReason
Id: izp-unmark-reason
Title: "Unmark reason"
Description: "Why the marking was ended."
Context: Flag
* value[x] only string
* value[x] 1..1
