// Names that are common in the Netherlands. Given names and family names share none, so that no person has the same name twice.

export const WOMEN =
  'Johanna Wilhelmina Cornelia Hendrika Elisabeth Adriana Catharina Margaretha Geertruida Jacoba Antonia Petronella Theodora Aaltje Trijntje Grietje Neeltje Jantje Geertje Anneke Ineke Willemien Hanneke Marijke Gerda Truus Corrie Riet Ria Tineke Wil Ans Nel Joke Greet Annie Bep Toos Sjaan Fatima Aïcha Khadija Emine Hatice Meryem Noëlle Renée Agnès Ingrid Yvonne Monique Saskia Esther Marian Marloes Lieke Femke Nynke Sietske Froukje Wietske Rinske Hilda Ida Klazina'.split(
    ' ',
  );

export const MEN =
  'Johannes Cornelis Hendrik Jan Willem Pieter Gerrit Jacobus Adrianus Wilhelmus Petrus Antonius Theodorus Klaas Dirk Arie Jacob Gijsbert Evert Harm Roelof Berend Albert Lambertus Martinus Franciscus Leonardus Nicolaas Rudolf Ruud Henk Kees Piet Wim Ger Theo Sjaak Joop Cor Nico Ton Huub Jos Mohamed Ahmed Hassan Mustafa Ali Ibrahim René André Noël Sietse Wiebe Tjeerd Douwe Jelle Sjoerd Hidde Folkert Egbert Luitzen Meindert Bouke'.split(
    ' ',
  );

/** Each behind one of the prefixes, or alone. */
export const FAMILIES =
  'Jong Jansen Vries Berg Bakker Dijk Visser Janssen Smit Meijer Boer Mulder Groot Bos Vos Peters Hendriks Leeuwen Dekker Brouwer Wit Dijkstra Smits Graaf Meer Linden Kok Jacobs Haan Vermeulen Heuvel Veen Broek Bruijn Heijden Schouten Beek Willems Vliet Hoekstra Maas Verhoeven Koster Dam Wal Prins Blom Huisman Peeters Jonge Kuipers Kramer Veenstra Kuiper Postma Martens Molenaar Sanders Evers Timmermans Gerritsen Groen Hermans Wolters Driessen Scholten Rooij Bosch Verbeek Postuma Jonker Ruiter Wijk Dongen Vink Loon Mol Lange Bosman Doorn Koning Velde Schipper Veldhuizen Aydın Yılmaz Bouzid Amrani Öztürk Kaya Demir Rahmouni Sitaram Ramdin Pinas Wijngaarde Hofstra Zijlstra Wiersma Terpstra Bergsma Boersma Elzinga Sikkema Wouters Claassen Hoogland Kooijman Slot Tuin Wever Zwart Zuidema'.split(
    ' ',
  );

export const PREFIXES = ['', '', '', 'de', 'van', 'van de', 'van der', 'van den', 'ten'] as const;

export const STREETS =
  'Kerkstraat Dorpsstraat Schoolstraat Molenweg Stationsstraat Julianastraat Beatrixlaan Wilhelminaplein Lindelaan Eikenlaan Beukenhof Kastanjelaan Parkweg Nieuwstraat Hoogstraat Havenkade Singel Dijkweg Veldweg Boslaan Tulpenstraat Rozenhof Merelstraat Leeuwerikstraat Zwaluwhof Prinsengracht Oosteinde Westeinde Brinklaan Meidoornplein'.split(
    ' ',
  );

/** No place that there is: one per region. */
export const PLACES =
  'Lindedorp Eikerveen Wilgenoord Beukendam Elsbroek Iepenburg Esdoornwijk Berkenrode Populierzijl Hazelaar Kastanjewoude Vlierdijk Meidoornhage Olmenhoek Sparrenberg Dennenlo Taxusveld Hulstrade Ligusterhoven Jeneverstede Bremmerwold Heideriet Varenhuizen Klaverzand Korenwaard Zonnehorst Maanwijk Sterrenloo Regenkerk Windzicht Dauwmeer Mistgaard Nevelhout Rijpvoort Sneeuwterp Hagelbeek Dooiwaard Vorstveld Zomerlust Winterswold Lentehof Herfstrijk Ochtendwaal Avondhaven Middagdrecht Nachtegaalsoord Merelveen Lijstersluis Vinkenzwaag Roodborstkapelle Koolmeesland Spreeuwenes Kraanvogelwad Ooievaarsnest Reigerkolk Lepelaarsplas Kieviterf Gruttopolder Wulpendam Tureluursgat Scholeksterbank Meeuwenduin Sternhoofd Zwaluwklif Valkenheuvel'.split(
    ' ',
  );
