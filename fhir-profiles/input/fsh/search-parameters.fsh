// Search parameters for the worklists, where FHIR R4 has none.

RuleSet: Search(name, resource, code, type)
* url = Canonical({name})
* name = "{name}"
* status = #active
* base = #{resource}
* code = #{code}
* type = #{type}

Instance: izp-flag-status
InstanceOf: SearchParameter
Usage: #definition
* insert Search(izp-flag-status, Flag, status, token)
* description = "Active, ended or mistaken markings."
* expression = "Flag.status"

Instance: izp-flag-code
InstanceOf: SearchParameter
Usage: #definition
* insert Search(izp-flag-code, Flag, code, token)
* description = "What the flag says: markings by our own code."
* expression = "Flag.code"

Instance: izp-flag-urgency
InstanceOf: SearchParameter
Usage: #definition
* insert Search(izp-flag-urgency, Flag, urgency, token)
* description = "Urgency colour of a marking."
* expression = "Flag.extension('CANONICAL_BASE/StructureDefinition/izp-urgency-colour').value"

Instance: izp-flag-ready-to-talk
InstanceOf: SearchParameter
Usage: #definition
* insert Search(izp-flag-ready-to-talk, Flag, ready-to-talk, token)
* description = "Whether the patient is ready for the conversation."
* expression = "Flag.extension('CANONICAL_BASE/StructureDefinition/izp-ready-to-talk').value"

Instance: izp-careplan-review-date
InstanceOf: SearchParameter
Usage: #definition
* insert Search(izp-careplan-review-date, CarePlan, review-date, date)
* description = "The day by which the plan is to be reviewed."
* expression = "CarePlan.extension('CANONICAL_BASE/StructureDefinition/izp-review-date').value"

Instance: izp-goal-target-measure
InstanceOf: SearchParameter
Usage: #definition
* insert Search(izp-goal-target-measure, Goal, target-measure, token)
* description = "What the goal's target is about: tells the preferred place of death and of care."
* expression = "Goal.target.measure"

Instance: izp-supplydelivery-kit-state
InstanceOf: SearchParameter
Usage: #definition
* insert Search(izp-supplydelivery-kit-state, SupplyDelivery, kit-state, token)
* description = "Current state of the palliative kit."
* expression = "SupplyDelivery.extension('CANONICAL_BASE/StructureDefinition/izp-current-kit-state').value"
