package hudson

class EnvVars extends TreeMap<String, String> { }
