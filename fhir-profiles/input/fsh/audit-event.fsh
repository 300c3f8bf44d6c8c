// The log: who saw what, when, on which ground. Pointers only, never content.

Profile: IzpAuditEvent
Parent: AuditEvent
Id: izp-audit-event
Title: "IZP audit event"
Description: "One access, denial, empty search, export, token refusal, configuration change or reading of the log, with the content NEN 7513 asks for, in the shape of IHE BALP. agent.policy is the policy decided under; outcomeDesc a reason code of the service."
* action 1..1
* outcome 1..1
* purposeOfEvent MS
* agent.who MS
* agent.role MS
* agent.policy MS
* agent.purposeOfUse MS
* entity ^slicing.discriminator.type = #pattern
* entity ^slicing.discriminator.path = "type"
* entity ^slicing.rules = #open
* entity contains patient 0..1 MS and permission 0..* MS and requestId 0..* MS
* entity[patient].type 1..1
* entity[patient].type = $audit-entity#1
* entity[patient].role 1..1
* entity[patient].role = $object-role#1
* entity[patient].what 1..1
* entity[patient].what only Reference(Patient)
* entity[permission].type 1..1
* entity[permission].type = $resource-types#Consent
* entity[permission].what 1..1
* entity[requestId].type 1..1
* entity[requestId].type = https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType#XrequestId
* entity[requestId].what 1..1
* entity[requestId].what.identifier 1..1
* entity[requestId].what.identifier.value 1..1
* entity.query 0..0
* extension contains IzpEmergencyDoorUse named emergencyDoor 0..1 MS
* obeys izp-audit-1 and izp-audit-2

Invariant: izp-audit-1
* severity = #error
* human = "Exactly one agent is the one who asked."
* human insert NlText([[Precies één van de betrokkenen is de vrager.]])
* expression = "agent.where(requestor = true).count() = 1"

Invariant: izp-audit-2
* severity = #error
* human = "The log points to the patient's record and holds no citizen service number (BSN)."
* human insert NlText([[Het logboek verwijst naar het dossier en bevat geen BSN.]])
* expression = "(entity.what.identifier | agent.who.identifier).where(system = 'http://fhir.nl/fhir/NamingSystem/bsn' or system = 'urn:oid:2.16.840.1.113883.2.4.6.3').empty()"

Extension: IzpEmergencyDoorUse
Id: izp-emergency-door-use
Title: "Use of the emergency door"
Description: "The answer was given to urgent care: with the patient's prior permission, or by breaking the glass with a written reason."
Context: AuditEvent
* extension contains ground 1..1 and reason 0..1
* extension[ground].value[x] only CodeableConcept
* extension[ground].value[x] 1..1
* extension[ground].valueCodeableConcept from IzpEmergencyDoorValues (required)
* extension[reason].value[x] only string
* extension[reason].value[x] 1..1
* obeys izp-emergency-1

Invariant: izp-emergency-1
* severity = #error
* human = "Breaking the glass has a written reason of at least 10 characters."
* human insert NlText([[Bij de noodknop hoort een geschreven reden van ten minste 10 tekens.]])
* expression = "extension('ground').value.coding.where(code = 'break-the-glass').exists() implies extension('reason').value.where($this.toString().length() >= 10).exists()"
