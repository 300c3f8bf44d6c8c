// Code systems of our own, only where no standard code exists, and the value sets the profiles bind to.

// Plan

CodeSystem: IzpPlanCategory
Id: izp-plan-category
Title: "Plan category"
Description: "Tells the one root plan of a palliative patient from any other CarePlan."
* ^caseSensitive = true
* #izp "Individual care plan" "The patient's one root plan in the palliative phase (individueel zorgplan)."
* #izp insert Nl([[Individueel zorgplan]])

CodeSystem: IzpPhase
Id: izp-phase
Title: "Palliative phase"
Description: "Where the patient is in the palliative phase; sets when the plan is due for review."
* ^caseSensitive = true
* #disease-directed "Disease-directed palliation" "Treatment of the disease goes on, with a palliative aim."
* #disease-directed insert Nl([[Ziektegerichte palliatie]])
* #symptom-directed "Symptom-directed palliation" "Care is directed at symptoms; the disease is no longer treated."
* #symptom-directed insert Nl([[Symptoomgerichte palliatie]])
* #dying "Dying phase" "Death is expected within days."
* #dying insert Nl([[Stervensfase]])
* #aftercare "Aftercare" "The patient has died; care for the relatives."
* #aftercare insert Nl([[Nazorg]])

ValueSet: IzpPhaseValues
Id: izp-phase-values
Title: "Palliative phases"
Description: "All codes of the palliative phase."
* include codes from system IzpPhase

CodeSystem: IzpAgreement
Id: izp-agreement
Title: "Agreement of the patient"
Description: "Whether the patient, or who represents the patient, agrees with the plan as it stands."
* ^caseSensitive = true
* #agreed "Agreed" "Agrees with the plan as it stands."
* #agreed insert Nl([[Akkoord]])
* #partly "Partly agreed" "Agrees with a part; the note says which part not."
* #partly insert Nl([[Gedeeltelijk akkoord]])
* #not-agreed "Not agreed" "Does not agree with the plan as it stands."
* #not-agreed insert Nl([[Niet akkoord]])
* #not-discussed "Not discussed" "Has not been asked yet."
* #not-discussed insert Nl([[Nog niet besproken]])

ValueSet: IzpAgreementValues
Id: izp-agreement-values
Title: "Agreement of the patient"
Description: "All codes of the agreement."
* include codes from system IzpAgreement

CodeSystem: IzpDecision
Id: izp-decision
Title: "Computed decision"
Description: "What a treatment directive comes to when every rule has been applied. Silence is a code of its own: not-recorded never means full treatment."
* ^caseSensitive = true
* #do "Do" "The patient wants the treatment."
* #do insert Nl([[Wel uitvoeren]])
* #do-not "Do not" "The patient does not want the treatment."
* #do-not insert Nl([[Niet uitvoeren]])
* #do-with-limits "Do, with limits" "Only as the text says; the text is always shown."
* #do-with-limits insert Nl([[Alleen met beperkingen]])
* #unknown "Unknown" "Asked without an answer, or not yet discussed; the text says which."
* #unknown insert Nl([[Onbekend]])
* #not-recorded "Not recorded" "No agreement on this treatment has been recorded."
* #not-recorded insert Nl([[Niet vastgelegd]])
* #cannot-interpret "Cannot be interpreted" "The source holds something this service does not understand; see the source."
* #cannot-interpret insert Nl([[Niet te duiden: raadpleeg de bron]])

ValueSet: IzpDecisionValues
Id: izp-decision-values
Title: "Computed decisions"
Description: "All codes of the computed decision."
* include codes from system IzpDecision

// Wishes

CodeSystem: IzpDimension
Id: izp-dimension
Title: "Dimension"
Description: "The four dimensions of palliative care, by which wishes, problems and goals are grouped."
* ^caseSensitive = true
* #physical "Physical"
* #physical insert Nl([[Lichamelijk]])
* #psychological "Psychological"
* #psychological insert Nl([[Psychisch]])
* #social "Social"
* #social insert Nl([[Sociaal]])
* #spiritual "Spiritual"
* #spiritual insert Nl([[Spiritueel]])

ValueSet: IzpDimensionValues
Id: izp-dimension-values
Title: "Dimensions"
Description: "The four dimensions."
* include codes from system IzpDimension

CodeSystem: IzpMeasure
Id: izp-measure
Title: "Measure of a goal"
Description: "What a goal's target is about, where SNOMED CT has no code in use."
* ^caseSensitive = true
* #preferred-place-of-care "Preferred place of care" "Where the patient wants to be cared for as long as it can be done; may differ from the preferred place of death."
* #preferred-place-of-care insert Nl([[Voorkeursplaats van zorg]])

ValueSet: IzpPlaceValues
Id: izp-place-values
Title: "Places of care and of death"
Description: "Home, hospital, nursing home, hospice, another place (with text), unknown: the places the published standard uses, for preference and for fact alike, so that they can be compared."
* $sct#264362003 "Home"
* $sct#22232009 "Hospital"
* $sct#108344006 "Nursing home"
* $sct#284546000 "Hospice"
* $null#OTH "other"
* $null#UNK "unknown"

// Marking

CodeSystem: IzpMarkingCode
Id: izp-marking-code
Title: "Marking"
Description: "No Dutch standard has a code for a marked palliative phase."
* ^caseSensitive = true
* #palliative-phase "Palliative phase marked" "A care provider has recognised that the patient is in the palliative phase."
* #palliative-phase insert Nl([[Palliatieve fase gemarkeerd]])

CodeSystem: IzpMarkingInstrument
Id: izp-marking-instrument
Title: "Marking instrument"
Description: "By what the palliative phase was recognised."
* ^caseSensitive = true
* #surprise-question "Surprise question" "Would you be surprised if this patient died within 12 months?"
* #surprise-question insert Nl([[Surprise question]])
* #double-surprise-question "Double surprise question" "The surprise question, and when the answer is no: would you be surprised if this patient were still alive after 12 months?"
* #double-surprise-question insert Nl([[Dubbele surprise question]])
* #spict "SPICT" "Supportive and Palliative Care Indicators Tool."
* #spict insert Nl([[SPICT]])
* #radpac "RADPAC" "Radboud indicators for palliative care needs."
* #radpac insert Nl([[RADPAC]])
* #clinical-judgement "Clinical judgement" "No instrument was used."
* #clinical-judgement insert Nl([[Klinisch oordeel]])

ValueSet: IzpMarkingInstrumentValues
Id: izp-marking-instrument-values
Title: "Marking instruments"
Description: "All codes of the marking instrument; a region may add its own."
* include codes from system IzpMarkingInstrument

CodeSystem: IzpMarkingAnswer
Id: izp-marking-answer
Title: "Answer to a marking instrument"
Description: "The double surprise question has two answers, one to each question."
* ^caseSensitive = true
* #not-surprised-by-death "Not surprised by death" "Would not be surprised if the patient died within 12 months."
* #not-surprised-by-death insert Nl([[Niet verrast bij overlijden binnen 12 maanden]])
* #surprised-by-death "Surprised by death" "Would be surprised if the patient died within 12 months."
* #surprised-by-death insert Nl([[Wel verrast bij overlijden binnen 12 maanden]])
* #surprised-by-survival "Surprised by survival" "Would be surprised if the patient were still alive after 12 months."
* #surprised-by-survival insert Nl([[Wel verrast bij in leven zijn na 12 maanden]])
* #not-surprised-by-survival "Not surprised by survival" "Would not be surprised if the patient were still alive after 12 months."
* #not-surprised-by-survival insert Nl([[Niet verrast bij in leven zijn na 12 maanden]])
* #indicators-present "Indicators present" "The instrument's indicators are met."
* #indicators-present insert Nl([[Indicatoren aanwezig]])
* #indicators-absent "Indicators absent" "The instrument's indicators are not met."
* #indicators-absent insert Nl([[Indicatoren niet aanwezig]])
* #undecided "Undecided" "The one asked could not say."
* #undecided insert Nl([[Onbeslist]])

ValueSet: IzpMarkingAnswerValues
Id: izp-marking-answer-values
Title: "Answers to marking instruments"
Description: "All codes of the answer."
* include codes from system IzpMarkingAnswer

CodeSystem: IzpUrgency
Id: izp-urgency
Title: "Urgency colour"
Description: "The colour a care group keeps for how soon a patient needs attention. Regions attach their own terms in time to the colours; here they only have an order."
* ^caseSensitive = true
* ^property[0].code = #rank
* ^property[0].description = "Order for worklists: 1 is the most urgent."
* ^property[0].type = #integer
* #red "Red" "Most urgent."
* #red insert Nl([[Rood]])
* #red insert Rank(1)
* #orange "Orange" "Urgent."
* #orange insert Nl([[Oranje]])
* #orange insert Rank(2)
* #yellow "Yellow" "Attention soon."
* #yellow insert Nl([[Geel]])
* #yellow insert Rank(3)
* #green "Green" "Stable."
* #green insert Nl([[Groen]])
* #green insert Rank(4)

RuleSet: Rank(number)
* ^property[0].code = #rank
* ^property[0].valueInteger = {number}

ValueSet: IzpUrgencyValues
Id: izp-urgency-values
Title: "Urgency colours"
Description: "All urgency colours; a region may add its own."
* include codes from system IzpUrgency

// Care team

CodeSystem: IzpCareTeamRole
Id: izp-care-team-role
Title: "Role in the care team"
Description: "Roles that the plan needs and that a profession's code does not tell."
* ^caseSensitive = true
* #central-care-provider "Central care provider" "The one who coordinates the care and whom patient and relatives can always turn to (centrale zorgverlener)."
* #central-care-provider insert Nl([[Centrale zorgverlener]])
* #main-practitioner "Main practitioner" "The practitioner who is responsible for the medical treatment (hoofdbehandelaar)."
* #main-practitioner insert Nl([[Hoofdbehandelaar]])
* #general-practitioner "General practitioner" "The patient's own GP."
* #general-practitioner insert Nl([[Huisarts]])
* #home-care-nurse "Home care nurse" "District or home care nurse."
* #home-care-nurse insert Nl([[Wijkverpleegkundige]])
* #palliative-consultant "Palliative consultant" "Consulted for palliative expertise."
* #palliative-consultant insert Nl([[Consulent palliatieve zorg]])
* #spiritual-caregiver "Spiritual caregiver" "Spiritual care."
* #spiritual-caregiver insert Nl([[Geestelijk verzorger]])
* #pharmacist "Pharmacist" "Delivers the medication and the palliative kit."
* #pharmacist insert Nl([[Apotheker]])
* #informal-carer "Informal carer" "A relative or friend who cares for the patient."
* #informal-carer insert Nl([[Mantelzorger]])
* #volunteer "Volunteer" "A trained volunteer."
* #volunteer insert Nl([[Vrijwilliger]])
* #aftercare-contact "Aftercare contact" "Contacts the relatives after the death."
* #aftercare-contact insert Nl([[Contactpersoon nazorg]])

ValueSet: IzpCareTeamRoleValues
Id: izp-care-team-role-values
Title: "Roles in the care team"
Description: "All roles of our own; a profession's code may stand beside them or instead."
* include codes from system IzpCareTeamRole

// Scenarios and kit

CodeSystem: IzpScenarioKind
Id: izp-scenario-kind
Title: "Kind of scenario"
Description: "The foreseen event for which the plan says what to do."
* ^caseSensitive = true
* #pain "Pain"
* #pain insert Nl([[Pijn]])
* #breathlessness "Breathlessness"
* #breathlessness insert Nl([[Benauwdheid]])
* #agitation "Agitation or delirium"
* #agitation insert Nl([[Onrust of delier]])
* #nausea "Nausea or vomiting"
* #nausea insert Nl([[Misselijkheid of braken]])
* #bleeding "Bleeding"
* #bleeding insert Nl([[Bloeding]])
* #seizure "Seizure"
* #seizure insert Nl([[Epileptisch insult]])
* #choking "Choking or death rattle"
* #choking insert Nl([[Verslikken of reutelen]])
* #infection "Fever or infection"
* #infection insert Nl([[Koorts of infectie]])
* #fall "Fall"
* #fall insert Nl([[Val]])
* #oral-route-lost "Medication cannot be swallowed"
* #oral-route-lost insert Nl([[Medicatie innemen lukt niet meer]])
* #sudden-deterioration "Sudden deterioration"
* #sudden-deterioration insert Nl([[Plotselinge achteruitgang]])
* #carer-overload "Informal carer overburdened"
* #carer-overload insert Nl([[Overbelasting van de mantelzorger]])
* #dying-phase "Dying phase begins"
* #dying-phase insert Nl([[Begin van de stervensfase]])
* #death "Death"
* #death insert Nl([[Overlijden]])

ValueSet: IzpScenarioKindValues
Id: izp-scenario-kind-values
Title: "Kinds of scenario"
Description: "All kinds of our own; any other code or a text may be used as well."
* include codes from system IzpScenarioKind

CodeSystem: IzpSupply
Id: izp-supply
Title: "Supply"
Description: "What is supplied to a palliative patient's home as one thing."
* ^caseSensitive = true
* #palliative-kit "Palliative kit" "Box sealed by the pharmacy with what is needed in the terminal phase (palliatieve spoedkit)."
* #palliative-kit insert Nl([[Palliatieve spoedkit]])

CodeSystem: IzpKitState
Id: izp-kit-state
Title: "State of the palliative kit"
Description: "The states a kit goes through, in this order."
* ^caseSensitive = true
* #requested "Requested" "Prescribed; not in the house yet."
* #requested insert Nl([[Aangevraagd]])
* #placed "Placed" "In the house, sealed."
* #placed insert Nl([[Geplaatst]])
* #opened "Opened" "In the house, seal broken: contents no longer certain."
* #opened insert Nl([[Geopend]])
* #returned "Returned" "No longer in the house."
* #returned insert Nl([[Retour]])

ValueSet: IzpKitStateValues
Id: izp-kit-state-values
Title: "States of the palliative kit"
Description: "All states of the kit."
* include codes from system IzpKitState

// Documents

CodeSystem: IzpDocumentType
Id: izp-document-type
Title: "Kind of document"
Description: "Documents of the plan for which no code is in common use."
* ^caseSensitive = true
* #wish-letter "Wish letter" "The patient's wishes in the patient's own words."
* #wish-letter insert Nl([[Wensenbrief]])
* #emergency-summary "Emergency summary" "The plan in one page for the critical moment, decisions first."
* #emergency-summary insert Nl([[Spoedsamenvatting]])
* #care-plan "Care plan" "The whole plan as a document, decisions first."
* #care-plan insert Nl([[Individueel zorgplan]])

CodeSystem: IzpSummarySection
Id: izp-summary-section
Title: "Section of the emergency summary and of the plan as a document"
Description: "The sections of both, in the order in which they are shown; the later ones stand in the whole plan alone."
* ^caseSensitive = true
* #decisions "Treatment decisions"
* #decisions insert Nl([[Behandelafspraken]])
* #treatment-goal "Goal of treatment"
* #treatment-goal insert Nl([[Doel van de behandeling]])
* #contacts "Contacts and team"
* #contacts insert Nl([[Contacten en zorgteam]])
* #situation "Situation"
* #situation insert Nl([[Situatie]])
* #capacity "Capacity and representation"
* #capacity insert Nl([[Wilsbekwaamheid en vertegenwoordiging]])
* #scenarios "What to do if"
* #scenarios insert Nl([[Wat te doen als]])
* #places "Preferred places"
* #places insert Nl([[Voorkeursplaatsen]])
* #wishes "Wishes"
* #wishes insert Nl([[Wensen]])
* #medication "Anticipatory medication"
* #medication insert Nl([[Medicatie voor als het nodig is]])
* #palliative-kit "Palliative kit"
* #palliative-kit insert Nl([[Palliatieve spoedkit]])
* #dimensions "What matters in the four dimensions"
* #dimensions insert Nl([[Wat belangrijk is: lichamelijk, psychisch, sociaal en spiritueel]])
* #letters "Wish letters"
* #letters insert Nl([[Wensenbrieven]])
* #agreement "Agreement and review"
* #agreement insert Nl([[Instemming en herziening]])
* #sharing "Permission to share"
* #sharing insert Nl([[Toestemming om te delen]])
* #currency "How current this is"
* #currency insert Nl([[Hoe actueel dit is]])

ValueSet: IzpSummarySectionValues
Id: izp-summary-section-values
Title: "Sections of the emergency summary"
Description: "All sections of our own; a further section may carry another code."
* include codes from system IzpSummarySection

// Permission and log

ValueSet: IzpSharingRuleValues
Id: izp-sharing-rule-values
Title: "Assent or dissent"
Description: "The two policy rules a sharing permission can be made under."
* $act-code#OPTIN "opt-in"
* $act-code#OPTOUT "opt-out"

ValueSet: IzpLetterMediaValues
Id: izp-letter-media-values
Title: "Media types of a wish letter"
Description: "What can be shown safely to everyone and kept for decades."
* $media#application/pdf
* $media#image/jpeg
* $media#image/png
* $media#text/plain

CodeSystem: IzpEmergencyDoor
Id: izp-emergency-door
Title: "Use of the emergency door"
Description: "On what ground urgent care was let in."
* ^caseSensitive = true
* #permitted "With permission" "The patient gave permission for urgent care beforehand."
* #permitted insert Nl([[Met toestemming van de patiënt]])
* #break-the-glass "Break the glass" "Without prior permission, with a written reason."
* #break-the-glass insert Nl([[Noodknop: zonder voorafgaande toestemming]])

ValueSet: IzpEmergencyDoorValues
Id: izp-emergency-door-values
Title: "Uses of the emergency door"
Description: "All uses of the emergency door."
* include codes from system IzpEmergencyDoor
