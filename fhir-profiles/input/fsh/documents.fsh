// The patient's wish letter, and the emergency summary.

Profile: IzpWishLetter
Parent: DocumentReference
Id: izp-wish-letter
Title: "IZP wish letter"
Description: "The patient's wishes in the patient's own words: a letter, scan or text, kept beside the coded wishes. docStatus final when signed, preliminary when proposed; attachment.creation is the letter's own date."
* insert OnePatient(subject)
* type 1..1
* type = IzpDocumentType#wish-letter
* author MS
* content 1..1
* content.attachment.contentType 1..1
* content.attachment.contentType from IzpLetterMediaValues (required)
* content.attachment obeys izp-letter-1 and izp-letter-2

Invariant: izp-letter-1
* severity = #error
* human = "The letter itself is there, as data or at an address."
* human insert NlText([[De brief zelf is erbij, als gegevens of op een adres.]])
* expression = "data.exists() or url.exists()"

Invariant: izp-letter-2
* severity = #warning
* human = "A letter carries its own date (attachment.creation)."
* human insert NlText([[Een brief draagt zijn eigen datum (attachment.creation).]])
* expression = "creation.exists()"

// Decisions first, and each of the six core treatments named.
RuleSet: DecisionsFirst
* insert OnePatient(subject)
* extension contains IzpPlanDigest named digest 0..1 MS
* section 1..*
* section ^slicing.discriminator.type = #pattern
* section ^slicing.discriminator.path = "code"
* section ^slicing.rules = #open
* section contains decisions 1..1 MS
* section.code from IzpSummarySectionValues (extensible)
* section[decisions].code 1..1
* section[decisions].code = IzpSummarySection#decisions
* section[decisions].text 1..1
* obeys izp-summary-1 and izp-summary-2 and izp-summary-3

Profile: IzpSummary
Parent: Composition
Id: izp-summary
Title: "IZP emergency summary"
Description: "The plan for the critical moment. Decisions first; each of the six core treatments is named with its computed decision, also when nothing was recorded, so that silence can never be read as full treatment."
* insert DecisionsFirst
* type = IzpDocumentType#emergency-summary

Profile: IzpPlanDocument
Parent: Composition
Id: izp-plan-document
Title: "IZP plan as a document"
Description: "The whole plan at one moment, decisions first as in the emergency summary and in its words; then what else belongs to the plan. The document's identifier names the plan and its version."
* insert DecisionsFirst
* type = IzpDocumentType#care-plan
* identifier 1..1
* identifier.value 1..1
* section[decisions] ^short = "The same as in the emergency summary"

Invariant: izp-summary-1
* severity = #error
* human = "The treatment decisions come first."
* human insert NlText([[De behandelafspraken staan bovenaan.]])
* expression = "section.first().code.coding.where(system = 'CANONICAL_BASE/CodeSystem/izp-summary-section' and code = 'decisions').exists()"

Invariant: izp-summary-2
* severity = #error
* human = "Each of the six core treatments (resuscitation, ventilation, ICU, hospital, antibiotics, blood) has a computed decision, not-recorded included."
* human insert NlText([[Elk van de zes kernbehandelingen (reanimatie, beademing, IC, ziekenhuis, antibiotica, bloed) heeft een uitkomst, ook als er niets is vastgelegd.]])
* expression = "section.where(code.coding.where(code = 'decisions').exists()).section.where(extension('CANONICAL_BASE/StructureDefinition/izp-decision-outcome').exists()).code.coding.where(system = 'http://snomed.info/sct' and code in ('89666000' | '40617009' | '305351004' | '32485007' | '281789004' | '116762002')).code.distinct().count() = 6"

Invariant: izp-summary-3
* severity = #error
* human = "A decision with limits, or one that cannot be interpreted, shows its text."
* human insert NlText([[Een afspraak met beperkingen, of een die niet te duiden is, toont haar tekst.]])
* expression = "section.section.where(extension('CANONICAL_BASE/StructureDefinition/izp-decision-outcome').value.coding.where(code in ('do-with-limits' | 'cannot-interpret')).exists()).all(text.exists())"

Extension: IzpDecisionOutcome
Id: izp-decision-outcome
Title: "Computed decision"
Description: "What the patient's directives on this treatment come to."
Context: Composition.section
* value[x] only CodeableConcept
* value[x] 1..1
* valueCodeableConcept from IzpDecisionValues (required)
