// Two short forms of our own: the marking, and what matters in the four dimensions. Their answers become an IzpMarking and IzpGoals.

RuleSet: OwnForm(id)
* url = "CANONICAL_BASE/Questionnaire/{id}"
* status = #active
* language = #nl
* subjectType = #Patient

Instance: izp-marking-form
InstanceOf: Questionnaire
Usage: #definition
* insert OwnForm(izp-marking-form)
* name = "IzpMarkingForm"
* title = "Markering van de palliatieve fase"
* item[+].linkId = "date"
* item[=].type = #date
* item[=].text = "Datum van markering"
* item[=].required = true
* item[+].linkId = "instrument"
* item[=].type = #choice
* item[=].text = "Waarop berust de markering?"
* item[=].required = true
* item[=].answerValueSet = Canonical(IzpMarkingInstrumentValues)
* item[+].linkId = "answer"
* item[=].type = #choice
* item[=].text = "Uitkomst"
* item[=].repeats = true
* item[=].answerValueSet = Canonical(IzpMarkingAnswerValues)
* item[+].linkId = "urgency"
* item[=].type = #choice
* item[=].text = "Urgentiekleur"
* item[=].answerValueSet = Canonical(IzpUrgencyValues)
* item[+].linkId = "ready"
* item[=].type = #choice
* item[=].text = "Is de patiënt toe aan een gesprek?"
* item[=].answerOption[+].valueCoding = $sct#373066001 "Ja"
* item[=].answerOption[+].valueCoding = $sct#373067005 "Nee"

RuleSet: OneDimension(code, title, question)
* item[+].linkId = "{code}"
* item[=].type = #group
* item[=].repeats = true
* item[=].text = "{title}"
* item[=].item[+].linkId = "{code}-matter"
* item[=].item[=].type = #string
* item[=].item[=].required = true
* item[=].item[=].text = "{question}"
* item[=].item[+].linkId = "{code}-action"
* item[=].item[=].type = #string
* item[=].item[=].text = "Wat wordt er gedaan?"
* item[=].item[+].linkId = "{code}-who"
* item[=].item[=].type = #string
* item[=].item[=].text = "Door wie?"

Instance: izp-dimensions-form
InstanceOf: Questionnaire
Usage: #definition
* insert OwnForm(izp-dimensions-form)
* name = "IzpDimensionsForm"
* title = "Wat telt, in vier dimensies"
* item[+].linkId = "date"
* item[=].type = #date
* item[=].text = "Datum van het gesprek"
* item[=].required = true
* insert OneDimension(physical, [[Lichamelijk]], [[Welke klacht, wens of zorg is er over het lichaam?]])
* insert OneDimension(psychological, [[Psychisch]], [[Welke wens of zorg is er over stemming of gedachten?]])
* insert OneDimension(social, [[Sociaal]], [[Welke wens of zorg is er over naasten of wonen?]])
* insert OneDimension(spiritual, [[Spiritueel]], [[Welke wens of vraag is er over zin en betekenis?]])
