"""Values as words for people: numbers with digits and units, sentences, text on one line."""
