package jenkins.model

class JenkinsLocationConfiguration {
    static String rootUrl

    static JenkinsLocationConfiguration get() { return new JenkinsLocationConfiguration() }

    String getUrl() { return rootUrl }
}
