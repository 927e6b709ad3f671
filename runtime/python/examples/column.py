"""A column of a pandas table, with what to look at again. Needs pandas."""

import deshi
import pandas

table = pandas.DataFrame({"english": ["Where is the station?", "Tom has 3 dogs.", "Yes."]})
translations = deshi.Translator().translate(table["english"])
table["german"] = [str(translation) for translation in translations]
table["confidence"] = [translation.confidence for translation in translations]
table["doubtful"] = [translation.doubtful for translation in translations]
print(table.to_string())
