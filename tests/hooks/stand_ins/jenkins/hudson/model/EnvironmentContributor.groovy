package hudson.model

import hudson.EnvVars

abstract class EnvironmentContributor {
    void buildEnvironmentFor(Job job, EnvVars variables, TaskListener listener) { }
}
