// What the service itself adds to resources it keeps equal or makes.

Extension: IzpMirrorOf
Id: izp-mirror-of
Title: "Mirror of"
Description: "This resource tells the same as another one that the service keeps equal to it (the preferred place of death as Goal and as PZP Observation): which one, and a digest of what was told, which shows whether a client has changed it since."
Context: Goal, Observation
* extension contains of 1..1 and digest 0..1
* extension[of].value[x] only Reference(Goal or Observation)
* extension[of].value[x] 1..1
* extension[digest].value[x] only string
* extension[digest].value[x] 1..1

CodeSystem: IzpOrigin
Id: izp-origin
Title: "Origin"
Description: "Tag on resources by where they come from."
* ^caseSensitive = true
* #kept-by-service "Kept by the service" "The service made this resource itself and keeps it current."
* #kept-by-service insert Nl([[Door de dienst bijgehouden]])
* #extracted "Extracted" "The answers of this form stand in the record as resources of their own."
* #extracted insert Nl([[Verwerkt in het dossier]])

CodeSystem: IzpDataQuality
Id: izp-data-quality
Title: "Data quality"
Description: "Tag on resources that were stored although something about them is not as published: their sender's vendor mends it."
* ^caseSensitive = true
* #profile-errors "Errors of a published profile" "Valid R4, and stored as it came, but it breaks a rule of a published profile that it claims or of a published extension in it."
* #profile-errors insert Nl([[Voldoet niet aan een gepubliceerd profiel]])
* #form-not-extracted "Form that could not be read" "Something in this form cannot be read with certainty: it was stored whole, and nothing of it stands in the agreements."
* #form-not-extracted insert Nl([[Formulier dat niet te verwerken was]])

CodeSystem: IzpTask
Id: izp-task
Title: "Task"
Description: "What a task that the service leaves for somebody asks."
* ^caseSensitive = true
* #review-break-glass "Review a broken glass" "Somebody opened the summary in an emergency without a prior permission: look whether that was right, and tell the patient."
* #review-break-glass insert Nl([[Noodinzage beoordelen]])
* #review-proposal "Look at what was said" "The patient or a representative said something for themselves, or proposed another agreement: read it, and answer a proposal by an agreement or in words."
* #review-proposal insert Nl([[Eigen woorden of voorstel beoordelen]])
* #review-withdrawal "Look at a withdrawal" "The patient or a representative withdrew an agreement or the plan: talk about what holds now."
* #review-withdrawal insert Nl([[Intrekking bespreken]])
