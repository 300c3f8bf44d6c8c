// Permission to share, and objection: never a treatment directive.

Profile: IzpSharingPermission
Parent: Consent
Id: izp-sharing-permission
Title: "IZP sharing permission"
Description: "The patient permits, or objects to, the plan being seen by an organisation or a category of care providers. What this profile does not know it refuses: a condition that is overlooked would leak, or lock out."
* insert OnePatient(patient)
* scope = $scope#patient-privacy
* category ^slicing.discriminator.type = #pattern
* category ^slicing.discriminator.path = "$this"
* category ^slicing.rules = #open
* category contains sharing 1..1
* category[sharing] = $loinc#59284-0
* dateTime 1..1
* policyRule 1..1
* policyRule from IzpSharingRuleValues (required)
* provision 1..1
* provision.type 1..1
* provision.period MS
* provision.purpose MS
* provision.actor MS
* provision.actor.role = $participation#PRCP
* provision.actor.reference.identifier 1..1
* provision.actor.reference.identifier.system 1..1
* provision.actor.reference.identifier.value 1..1
* provision.actor.reference.identifier obeys izp-permission-3
* provision.action 0..0
* provision.securityLabel 0..0
* provision.class 0..0
* provision.code 0..0
* provision.dataPeriod 0..0
* provision.data 0..0
* provision.provision 0..0
* modifierExtension 0..0
* provision.modifierExtension 0..0
* provision.actor.modifierExtension 0..0
* obeys izp-permission-1 and izp-permission-2 and izp-permission-4

Invariant: izp-permission-1
* severity = #error
* human = "A sharing permission is never a treatment directive as well: no scope treatment or adr, no category 129125009 or acd."
* human insert NlText([[Een deeltoestemming is nooit tegelijk een behandelafspraak of wilsverklaring.]])
* expression = "scope.coding.where(code in ('treatment' | 'adr')).empty() and category.coding.where((system = 'http://snomed.info/sct' and code = '129125009') or code = 'acd').empty()"

Invariant: izp-permission-2
* severity = #error
* human = "A permission names whom it admits, or for which care: one for everybody and everything is none. An objection may hold for everyone."
* human insert NlText([[Een toestemming noemt wie erdoor mag inzien, of voor welke zorg; alleen een bezwaar kan voor iedereen en alles gelden.]])
* expression = "provision.type = 'permit' implies (provision.actor.exists() or provision.purpose.exists())"

Invariant: izp-permission-3
* severity = #error
* human = "Who is admitted or refused is named by URA, or by a code of the organisation-type system."
* human insert NlText([[Wie wel of niet mag inzien staat er met een URA-nummer of met een code voor het soort organisatie.]])
* expression = "system = 'http://fhir.nl/fhir/NamingSystem/ura' or system = 'http://nictiz.nl/fhir/NamingSystem/organization-type'"

Invariant: izp-permission-4
* severity = #error
* human = "Dissent (OPTOUT) that permits contradicts itself and opens nothing."
* human insert NlText([[Een bezwaar (OPTOUT) dat toestaat spreekt zichzelf tegen en geeft geen toegang.]])
* expression = "policyRule.coding.where(code = 'OPTOUT').exists() implies provision.type = 'deny'"
