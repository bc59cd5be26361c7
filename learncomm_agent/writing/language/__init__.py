"""How texts are read by code: sentences, words, cues, dates, quotes and who answers whom."""
