// The palliative kit: the pharmacy's sealed box in the patient's home.

Profile: IzpPalliativeKit
Parent: SupplyDelivery
Id: izp-palliative-kit
Title: "IZP palliative kit"
Description: "The kit from request to return: its state, where in the house it stands, which pharmacy supplied it, what is in it, the execution request. occurrenceDateTime is when it was placed."
* insert OnePatient(patient)
* status 1..1
* suppliedItem 1..1
* suppliedItem.item[x] 1..1
* suppliedItem.item[x] only CodeableConcept
* suppliedItem.itemCodeableConcept = IzpSupply#palliative-kit
* occurrence[x] only dateTime
* occurrence[x] MS
* supplier MS
* extension contains
    IzpCurrentKitState named state 1..1 MS and
    IzpKitStep named step 0..* MS and
    IzpKitPlace named place 0..1 MS and
    IzpKitContent named content 0..* MS and
    IzpExecutionRequest named executionRequest 0..* MS
* obeys izp-kit-1 and izp-kit-2 and izp-kit-3

Invariant: izp-kit-1
* severity = #error
* human = "State and status agree: requested is in-progress (or abandoned, when it never came); placed, opened and returned are completed."
* human insert NlText([[Toestand en status kloppen met elkaar: aangevraagd is in-progress (of abandoned als hij nooit kwam), geplaatst, geopend en retour zijn completed.]])
* expression = "status = 'entered-in-error' or (extension('CANONICAL_BASE/StructureDefinition/izp-current-kit-state').value.coding.where(system = 'CANONICAL_BASE/CodeSystem/izp-kit-state' and code = 'requested').exists() = (status != 'completed'))"

Invariant: izp-kit-2
* severity = #error
* human = "Where steps are recorded, the last one is the current state."
* human insert NlText([[Waar stappen zijn vastgelegd is de laatste de huidige toestand.]])
* expression = "extension('CANONICAL_BASE/StructureDefinition/izp-kit-step').empty() or extension('CANONICAL_BASE/StructureDefinition/izp-kit-step').last().extension('state').value.coding.where(system = 'CANONICAL_BASE/CodeSystem/izp-kit-state').code = extension('CANONICAL_BASE/StructureDefinition/izp-current-kit-state').value.coding.where(system = 'CANONICAL_BASE/CodeSystem/izp-kit-state').code"

Invariant: izp-kit-3
* severity = #warning
* human = "A kit in the house says where in the house it stands."
* human insert NlText([[Bij een kit in huis staat waar in huis hij ligt.]])
* expression = "extension('CANONICAL_BASE/StructureDefinition/izp-current-kit-state').value.coding.where(code in ('placed' | 'opened')).exists() implies extension('CANONICAL_BASE/StructureDefinition/izp-kit-place').exists()"

Extension: IzpCurrentKitState
Id: izp-current-kit-state
Title: "Current state of the kit"
Description: "Requested, placed, opened or returned."
Context: SupplyDelivery
* value[x] only CodeableConcept
* value[x] 1..1
* valueCodeableConcept from IzpKitStateValues (required)

Extension: IzpKitStep
Id: izp-kit-step
Title: "Step of the kit"
Description: "One step the kit has taken, oldest first: the state reached, when, and by whom. By whom it was requested is the prescriber."
Context: SupplyDelivery
* extension contains state 1..1 and when 1..1 and by 0..1
* extension[state].value[x] only CodeableConcept
* extension[state].value[x] 1..1
* extension[state].valueCodeableConcept from IzpKitStateValues (required)
* extension[when].value[x] only dateTime
* extension[when].value[x] 1..1
* extension[by].value[x] only Reference(Practitioner or PractitionerRole or Organization or RelatedPerson)
* extension[by].value[x] 1..1

Extension: IzpKitPlace
Id: izp-kit-place
Title: "Place of the kit in the house"
Description: "Where in the house the kit stands, in words a stranger can follow at night."
Context: SupplyDelivery
* value[x] only string
* value[x] 1..1

Extension: IzpKitContent
Id: izp-kit-content
Title: "Content of the kit"
Description: "One thing in the kit: a medicine or a device, in text or code, or the anticipatory medication it is for."
Context: SupplyDelivery
* value[x] only CodeableConcept or Reference(MedicationRequest or Medication)
* value[x] 1..1
