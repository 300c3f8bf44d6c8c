// What the patient wants: wishes in four dimensions, and the two preferred places.

Profile: IzpGoal
Parent: Goal
Id: izp-goal
Title: "IZP goal or wish"
Description: "A wish, worry or goal of the patient in one or more of the four dimensions of palliative care."
* insert OnePatient(subject)
* category MS
* expressedBy MS
* note MS
* obeys izp-goal-1 and izp-goal-2

Invariant: izp-goal-2
* severity = #error
* human = "The wish belongs to at least one dimension: physical, psychological, social or spiritual."
* human insert NlText([[De wens hoort bij ten minste één dimensie: lichamelijk, psychisch, sociaal of spiritueel.]])
* expression = "category.coding.where(system = 'CANONICAL_BASE/CodeSystem/izp-dimension' and code in ('physical' | 'psychological' | 'social' | 'spiritual')).exists()"

// A preference for a place: one place, dated, from the list that facts are recorded in as well.
RuleSet: PreferredPlace
* insert OnePatient(subject)
* target 1..1
* target.measure 1..1
* target.detail[x] 1..1
* target.detail[x] only CodeableConcept
* target.detailCodeableConcept from IzpPlaceValues (required)
* statusDate MS
* expressedBy MS
* note MS
* obeys izp-goal-1 and izp-place-1 and izp-place-2

Invariant: izp-place-1
* severity = #error
* human = "An active preference is dated (statusDate): without a date nobody can tell which of two preferences is the last."
* human insert NlText([[Een geldende voorkeur heeft een datum (statusDate): zonder datum is niet te zien welke van twee voorkeuren de laatste is.]])
* expression = "lifecycleStatus in ('accepted' | 'active') implies statusDate.exists()"

Invariant: izp-place-2
* severity = #warning
* human = "Another place than the listed ones is described in text."
* human insert NlText([[Een andere plaats dan de genoemde wordt in tekst omschreven.]])
* expression = "target.detail.ofType(CodeableConcept).where(coding.where(code = 'OTH').exists()).all(text.exists()) or note.exists()"

Profile: IzpPreferredPlaceOfDeath
Parent: Goal
Id: izp-preferred-place-of-death
Title: "IZP preferred place of death"
Description: "Where the patient wants to die. Kept equal to the PZP Observation 395091006, whichever of the two was written."
* insert PreferredPlace
* target.measure = $sct#395091006

Profile: IzpPreferredPlaceOfCare
Parent: Goal
Id: izp-preferred-place-of-care
Title: "IZP preferred place of care"
Description: "Where the patient wants to be cared for, as long as it can be done."
* insert PreferredPlace
* target.measure = IzpMeasure#preferred-place-of-care
