package jenkins.branch

import hudson.EnvVars
import hudson.model.EnvironmentContributor
import hudson.model.Job
import hudson.model.TaskListener

/** That of the Branch API plugin: names the branch of a job of a multibranch project. */
class BranchNameContributor extends EnvironmentContributor {
    Map<String, Map<String, String>> branches = [:]

    @Override
    void buildEnvironmentFor(Job job, EnvVars variables, TaskListener listener) {
        if (branches[job.fullName]?.FAULT) { throw new IOException('the source is gone') }
        variables.putAll(branches[job.fullName] ?: [:])
    }
}
