// Names for outside code systems, and the rule sets that more than one theme uses.
// The word CANONICAL_BASE inside a string is replaced by the canonical of sushi-config.yaml before compiling.

Alias: $sct = http://snomed.info/sct
Alias: $loinc = http://loinc.org
Alias: $null = http://terminology.hl7.org/CodeSystem/v3-NullFlavor
Alias: $act-code = http://terminology.hl7.org/CodeSystem/v3-ActCode
Alias: $act-reason = http://terminology.hl7.org/CodeSystem/v3-ActReason
Alias: $participation = http://terminology.hl7.org/CodeSystem/v3-ParticipationType
Alias: $scope = http://terminology.hl7.org/CodeSystem/consentscope
Alias: $audit-type = http://terminology.hl7.org/CodeSystem/audit-event-type
Alias: $audit-entity = http://terminology.hl7.org/CodeSystem/audit-entity-type
Alias: $object-role = http://terminology.hl7.org/CodeSystem/object-role
Alias: $resource-types = http://hl7.org/fhir/resource-types
Alias: $restful = http://hl7.org/fhir/restful-interaction
Alias: $media = urn:ietf:bcp:13
Alias: $ura = http://fhir.nl/fhir/NamingSystem/ura
Alias: $organization-type = http://nictiz.nl/fhir/NamingSystem/organization-type

// Dutch display of a code of our own; used as: * #code insert Nl([[tekst]])
RuleSet: Nl(text)
* ^designation[0].language = #nl
* ^designation[0].value = "{text}"

// Dutch text of an invariant, in the standard translation extension.
RuleSet: NlText(text)
* extension[+].url = "http://hl7.org/fhir/StructureDefinition/translation"
* extension[=].extension[+].url = "lang"
* extension[=].extension[=].valueCode = #nl
* extension[=].extension[+].url = "content"
* extension[=].extension[=].valueString = "{text}"

// A part of the plan belongs to exactly one patient who can be found.
RuleSet: OnePatient(path)
* {path} 1..1
* {path} only Reference(Patient)
* {path} obeys izp-patient-1

Invariant: izp-patient-1
* severity = #error
* human = "The patient is named by reference or by identifier: a display text alone belongs to nobody and would be lost."
* human insert NlText([[De patiënt staat er als verwijzing of met een nummer: een naam alleen hoort bij niemand en gaat verloren.]])
* expression = "reference.exists() or identifier.exists()"

// Published PZP clients search treatment goals by these codes; a wish that carries one would be read as a treatment goal.
Invariant: izp-goal-1
* severity = #error
* human = "A wish does not carry the codes by which PZP clients find the goal of treatment (category 713603004, description 385987000, 1351964001, 713148004)."
* human insert NlText([[Een wens draagt niet de codes waarmee PZP-systemen het behandeldoel zoeken: hij zou als behandeldoel gelezen worden.]])
* expression = "category.coding.where(system = 'http://snomed.info/sct' and code = '713603004').empty() and description.coding.where(system = 'http://snomed.info/sct' and code in ('385987000' | '1351964001' | '713148004' | '225353007')).empty()"
