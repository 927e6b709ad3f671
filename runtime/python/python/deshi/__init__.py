"""Machine translation on the device.

>>> import deshi
>>> translator = deshi.Translator()
>>> str(translator.translate("Where is the station?"))
'Wo ist der Bahnhof?'
"""

from ._deshi import Error, FileTranslation, Sentence, Translation, Translator, __version__

__all__ = ["Error", "FileTranslation", "Sentence", "Translation", "Translator", "__version__"]
