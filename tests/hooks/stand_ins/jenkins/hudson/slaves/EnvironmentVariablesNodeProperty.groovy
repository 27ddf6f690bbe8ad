package hudson.slaves

class EnvironmentVariablesNodeProperty {
    final Map<String, String> envVars = new TreeMap<String, String>()
}
