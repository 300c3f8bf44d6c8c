// One valid example of each profile, all of one invented patient. The invalid ones in ../invalid are these with one change each.

RuleSet: ExamplePatient(path)
* {path} = Reference(Patient/izp-example-patient)

Instance: example-izp-care-plan
InstanceOf: IzpCarePlan
Usage: #example
* insert ExamplePatient(subject)
* status = #active
* category[advanceCarePlan] = $sct#736366004
* period.start = "2026-03-02"
* author = Reference(PractitionerRole/izp-example-gp)
* contributor[0] = Reference(PractitionerRole/izp-example-gp)
* contributor[+] = Reference(Organization/izp-example-home-care)
* careTeam = Reference(CareTeam/example-izp-care-team)
* goal[0] = Reference(Goal/example-izp-goal)
* goal[+] = Reference(Goal/example-izp-preferred-place-of-death)
* goal[+] = Reference(Goal/example-izp-preferred-place-of-care)
* activity[0].reference = Reference(ServiceRequest/example-izp-scenario)
* activity[+].reference = Reference(MedicationRequest/example-izp-anticipatory-medication)
* supportingInfo[0] = Reference(SupplyDelivery/example-izp-palliative-kit)
* supportingInfo[+] = Reference(DocumentReference/example-izp-wish-letter)
* extension[reviewDate].valueDate = "2026-09-02"
* extension[conversationDate].valueDateTime = "2026-03-02"
* extension[patientAgreement].extension[answer].valueCodeableConcept = IzpAgreement#agreed
* extension[patientAgreement].extension[when].valueDateTime = "2026-03-02"
* extension[patientAgreement].extension[by].valueReference = Reference(Patient/izp-example-patient)
* extension[phase].valueCodeableConcept = IzpPhase#symptom-directed
* extension[digest].valueString = "3f1c9d0a7b6e5f4d3c2b1a09f8e7d6c5b4a39281706f5e4d3c2b1a0918273645"

Instance: example-izp-goal
InstanceOf: IzpGoal
Usage: #example
* insert ExamplePatient(subject)
* lifecycleStatus = #active
* category[0] = IzpDimension#social
* category[+] = IzpDimension#spiritual
* description.text = "Nog één keer met de kleinkinderen naar zee"
* statusDate = "2026-03-02"
* expressedBy = Reference(Patient/izp-example-patient)

Instance: example-izp-preferred-place-of-death
InstanceOf: IzpPreferredPlaceOfDeath
Usage: #example
* insert ExamplePatient(subject)
* lifecycleStatus = #active
* description.text = "Thuis overlijden, in de woonkamer"
* target.detailCodeableConcept = $sct#264362003 "Home"
* statusDate = "2026-03-02"
* expressedBy = Reference(Patient/izp-example-patient)

Instance: example-izp-preferred-place-of-care
InstanceOf: IzpPreferredPlaceOfCare
Usage: #example
* insert ExamplePatient(subject)
* lifecycleStatus = #active
* description.text = "Zo lang mogelijk thuis, daarna het hospice in het dorp"
* target.detailCodeableConcept = $null#OTH "other"
* target.detailCodeableConcept.text = "Bij haar dochter in huis"
* statusDate = "2026-03-02"
* expressedBy = Reference(Patient/izp-example-patient)

Instance: example-izp-marking
InstanceOf: IzpMarking
Usage: #example
* insert ExamplePatient(subject)
* status = #active
* period.start = "2026-02-16"
* author = Reference(PractitionerRole/izp-example-gp)
* extension[assessment].extension[instrument].valueCodeableConcept = IzpMarkingInstrument#double-surprise-question
* extension[assessment].extension[answer][0].valueCodeableConcept = IzpMarkingAnswer#not-surprised-by-death
* extension[assessment].extension[answer][+].valueCodeableConcept = IzpMarkingAnswer#surprised-by-survival
* extension[urgency].valueCodeableConcept = IzpUrgency#orange
* extension[readyToTalk].valueBoolean = true

Instance: example-izp-care-team
InstanceOf: IzpCareTeam
Usage: #example
* insert ExamplePatient(subject)
* status = #active
* telecom[0].system = #phone
* telecom[=].value = "0885550124"
* participant[0].role = IzpCareTeamRole#central-care-provider
* participant[=].member = Reference(PractitionerRole/izp-example-nurse)
* participant[+].role[0] = IzpCareTeamRole#main-practitioner
* participant[=].role[+] = IzpCareTeamRole#general-practitioner
* participant[=].member = Reference(PractitionerRole/izp-example-gp)
* participant[+].role = IzpCareTeamRole#informal-carer
* participant[=].member = Reference(RelatedPerson/izp-example-daughter)

Instance: example-izp-scenario
InstanceOf: IzpScenario
Usage: #example
* insert ExamplePatient(subject)
* status = #active
* code = IzpScenarioKind#breathlessness
* asNeededCodeableConcept.text = "Benauwd in rust, langer dan tien minuten"
* patientInstruction = "Rechtop zitten, raam open, ventilator aan. Bel het nummer van de thuiszorg, dag en nacht."
* note.text = "Morfine volgens afspraak; bij onvoldoende effect overleg met de dienstdoende huisarts."
* supportingInfo = Reference(MedicationRequest/example-izp-anticipatory-medication)

Instance: example-izp-anticipatory-medication
InstanceOf: IzpAnticipatoryMedication
Usage: #example
* insert ExamplePatient(subject)
* status = #active
* medicationCodeableConcept.text = "Morfine injectievloeistof 10 mg/ml"
* requester = Reference(PractitionerRole/izp-example-gp)
* authoredOn = "2026-03-02"
* reasonCode = IzpScenarioKind#breathlessness
* dosageInstruction.text = "Zo nodig 2,5 mg subcutaan, ten hoogste eens per 4 uur"
* dosageInstruction.asNeededBoolean = true
* extension[executionRequest].valueReference = Reference(ServiceRequest/izp-example-execution-request)

Instance: example-izp-palliative-kit
InstanceOf: IzpPalliativeKit
Usage: #example
* insert ExamplePatient(patient)
* status = #completed
* suppliedItem.itemCodeableConcept = IzpSupply#palliative-kit
* occurrenceDateTime = "2026-03-05"
* supplier = Reference(Organization/izp-example-pharmacy)
* extension[state].valueCodeableConcept = IzpKitState#placed
* extension[step][0].extension[state].valueCodeableConcept = IzpKitState#requested
* extension[step][=].extension[when].valueDateTime = "2026-03-02"
* extension[step][=].extension[by].valueReference = Reference(PractitionerRole/izp-example-gp)
* extension[step][+].extension[state].valueCodeableConcept = IzpKitState#placed
* extension[step][=].extension[when].valueDateTime = "2026-03-05"
* extension[step][=].extension[by].valueReference = Reference(Organization/izp-example-pharmacy)
* extension[place].valueString = "Slaapkamer, bovenste plank van de linnenkast"
* extension[content][0].valueReference = Reference(MedicationRequest/example-izp-anticipatory-medication)
* extension[content][+].valueCodeableConcept.text = "Subcutane naald"
* extension[executionRequest].valueReference = Reference(ServiceRequest/izp-example-execution-request)

Instance: example-izp-sharing-permission
InstanceOf: IzpSharingPermission
Usage: #example
* insert ExamplePatient(patient)
* status = #active
* dateTime = "2026-03-02"
* policyRule = $act-code#OPTIN
* provision.type = #permit
* provision.period.start = "2026-03-02"
* provision.purpose = $act-reason#ETREAT
* provision.actor[0].role = $participation#PRCP
* provision.actor[=].reference.identifier.system = $organization-type
* provision.actor[=].reference.identifier.value = "AMB"
* provision.actor[+].role = $participation#PRCP
* provision.actor[=].reference.identifier.system = $ura
* provision.actor[=].reference.identifier.value = "90000123"

Instance: example-izp-wish-letter
InstanceOf: IzpWishLetter
Usage: #example
* insert ExamplePatient(subject)
* status = #current
* docStatus = #final
* date = "2026-03-03T10:00:00+01:00"
* author = Reference(Patient/izp-example-patient)
* content.attachment.contentType = #text/plain
* content.attachment.language = #nl
* content.attachment.data = "SWsgd2lsIGdyYWFnIHRodWlzIGJsaWp2ZW4u"
* content.attachment.title = "Wensenbrief"
* content.attachment.creation = "2026-03-01"

Instance: example-izp-place-of-death
InstanceOf: IzpPlaceOfDeath
Usage: #example
* insert ExamplePatient(subject)
* status = #final
* effectiveDateTime = "2026-07-14"
* performer = Reference(PractitionerRole/izp-example-gp)
* valueCodeableConcept = $sct#264362003 "Home"

RuleSet: DecisionLine(number, treatment, display, decision, words)
* section[decisions].section[{number}].code = $sct#{treatment} "{display}"
* section[decisions].section[{number}].extension[0].url = Canonical(IzpDecisionOutcome)
* section[decisions].section[{number}].extension[0].valueCodeableConcept = IzpDecision#{decision}
* section[decisions].section[{number}].text.status = #generated
* section[decisions].section[{number}].text.div = "<div xmlns=\"http://www.w3.org/1999/xhtml\">{words}</div>"

Instance: example-izp-summary
InstanceOf: IzpSummary
Usage: #example
* insert ExamplePatient(subject)
* status = #final
* date = "2026-03-05T09:00:00+01:00"
* author = Reference(PractitionerRole/izp-example-gp)
* title = "Spoedsamenvatting"
* section[decisions].title = "Behandelafspraken"
* section[decisions].text.status = #generated
* section[decisions].text.div = "<div xmlns=\"http://www.w3.org/1999/xhtml\">Niet reanimeren. Ziekenhuis: alleen bij een botbreuk.</div>"
* insert DecisionLine(0, 89666000, Cardiopulmonary resuscitation, do-not, Niet reanimeren)
* insert DecisionLine(1, 40617009, Artificial ventilation, do-not, Niet beademen)
* insert DecisionLine(2, 305351004, Admission to intensive care unit, do-not, Niet naar de intensive care)
* insert DecisionLine(3, 32485007, Hospital admission, do-with-limits, Ziekenhuisopname: alleen bij een botbreuk)
* insert DecisionLine(4, 281789004, Antibiotic therapy, do, Wel antibiotica)
* insert DecisionLine(5, 116762002, Administration of blood product, not-recorded, Bloedproducten: niet vastgelegd)
* section[1].title = "Contacten en zorgteam"
* section[1].code = IzpSummarySection#contacts
* section[1].entry = Reference(CareTeam/example-izp-care-team)
* section[2].title = "Wat te doen als"
* section[2].code = IzpSummarySection#scenarios
* section[2].entry = Reference(ServiceRequest/example-izp-scenario)

Instance: example-izp-plan-document
InstanceOf: IzpPlanDocument
Usage: #example
* insert ExamplePatient(subject)
* status = #final
* date = "2026-03-05T09:00:00+01:00"
* author = Reference(PractitionerRole/izp-example-gp)
* title = "Individueel zorgplan"
* identifier.system = "urn:ietf:rfc:3986"
* identifier.value = "urn:uuid:5f1d3c52-7a43-8c0e-9b61-2d7f4a1c9e10"
* section[decisions].title = "Behandelafspraken"
* section[decisions].text.status = #generated
* section[decisions].text.div = "<div xmlns=\"http://www.w3.org/1999/xhtml\">Niet reanimeren. Ziekenhuis: alleen bij een botbreuk.</div>"
* insert DecisionLine(0, 89666000, Cardiopulmonary resuscitation, do-not, Niet reanimeren)
* insert DecisionLine(1, 40617009, Artificial ventilation, do-not, Niet beademen)
* insert DecisionLine(2, 305351004, Admission to intensive care unit, do-not, Niet naar de intensive care)
* insert DecisionLine(3, 32485007, Hospital admission, do-with-limits, Ziekenhuisopname: alleen bij een botbreuk)
* insert DecisionLine(4, 281789004, Antibiotic therapy, do, Wel antibiotica)
* insert DecisionLine(5, 116762002, Administration of blood product, not-recorded, Bloedproducten: niet vastgelegd)
* section[1].title = "Contacten en zorgteam"
* section[1].code = IzpSummarySection#contacts
* section[1].entry = Reference(CareTeam/example-izp-care-team)
* section[2].title = "Wat te doen als"
* section[2].code = IzpSummarySection#scenarios
* section[2].entry = Reference(ServiceRequest/example-izp-scenario)
* section[3].title = "Wensenbrieven"
* section[3].code = IzpSummarySection#letters
* section[3].entry = Reference(DocumentReference/example-izp-wish-letter)

Instance: example-izp-audit-event
InstanceOf: IzpAuditEvent
Usage: #example
* type = $audit-type#rest
* subtype = $restful#search
* action = #E
* recorded = "2026-06-21T02:14:09.120+02:00"
* outcome = #0
* purposeOfEvent = $act-reason#ETREAT
* agent[0].requestor = true
* agent[=].who.identifier.system = $ura
* agent[=].who.identifier.value = "90000456"
* agent[=].policy = "urn:izp:policy:emergency"
* agent[+].requestor = false
* agent[=].who.reference = "Organization/izp-example-service"
* source.observer.reference = "Organization/izp-example-service"
* entity[patient].what = Reference(Patient/izp-example-patient)
* entity[permission].what.reference = "Consent/example-izp-sharing-permission"
* entity[requestId].what.identifier.value = "0198a7c2-3f64-7c1e-8a55-0f5d1c2b3a49"
* extension[emergencyDoor].extension[ground].valueCodeableConcept = IzpEmergencyDoor#permitted
