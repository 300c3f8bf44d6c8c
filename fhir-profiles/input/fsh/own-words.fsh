// What patients and representatives say for themselves, beside what was agreed; and how it is answered.

CodeSystem: IzpOwnWords
Id: izp-own-words
Title: "Own words"
Description: "What a patient or representative says for themselves, as the category of a Communication or DocumentReference. Never an agreement, whoever stores it."
* ^caseSensitive = true
* #own-words "Own words" "Said for others to know."
* #own-words insert Nl([[Eigen woorden]])
* #proposal "Proposal" "Asks for another agreement: answered with one, or declined in words."
* #proposal insert Nl([[Voorstel voor een andere afspraak]])

CodeSystem: IzpTaskOutcome
Id: izp-task-outcome
Title: "Outcome of a task"
Description: "How a task that the service left was answered."
* ^caseSensitive = true
* #agreed "Agreed" "Taken over by an agreement, which Task.output names."
* #agreed insert Nl([[Overgenomen in een afspraak]])
* #declined "Declined" "Not taken over; Task.statusReason says why."
* #declined insert Nl([[Niet overgenomen]])
* #noted "Noted" "Read, or looked into; nothing was to be agreed."
* #noted insert Nl([[Gelezen]])
