// Who cares for the patient, and who can be reached day and night.

Profile: IzpCareTeam
Parent: CareTeam
Id: izp-care-team
Title: "IZP care team"
Description: "The team around the patient with exactly one central care provider. The team's own telecom is the number that is answered 24 hours a day."
* insert OnePatient(subject)
* status 1..1
* participant MS
* participant.role from IzpCareTeamRoleValues (preferred)
* telecom MS
* telecom ^short = "The number that is answered 24 hours a day"
* obeys izp-team-1 and izp-team-2 and izp-team-3

Invariant: izp-team-1
* severity = #error
* human = "An active team has exactly one central care provider without an end date, and says who it is."
* human insert NlText([[Een actief zorgteam heeft precies één centrale zorgverlener zonder einddatum, en vermeldt wie dat is.]])
* expression = "status = 'active' implies (participant.where(role.coding.where(system = 'CANONICAL_BASE/CodeSystem/izp-care-team-role' and code = 'central-care-provider').exists() and period.end.empty()).count() = 1 and participant.where(role.coding.where(system = 'CANONICAL_BASE/CodeSystem/izp-care-team-role' and code = 'central-care-provider').exists()).all(member.exists()))"

Invariant: izp-team-2
* severity = #warning
* human = "An active team has a telephone number that is answered 24 hours a day (CareTeam.telecom)."
* human insert NlText([[Een actief zorgteam heeft een telefoonnummer dat dag en nacht wordt beantwoord.]])
* expression = "status = 'active' implies telecom.where(system = 'phone' and value.exists()).exists()"

Invariant: izp-team-3
* severity = #warning
* human = "There is at most one main practitioner."
* human insert NlText([[Er is ten hoogste één hoofdbehandelaar.]])
* expression = "participant.where(role.coding.where(system = 'CANONICAL_BASE/CodeSystem/izp-care-team-role' and code = 'main-practitioner').exists()).count() <= 1"
