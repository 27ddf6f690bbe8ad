package hudson.model

/** With type parameters, as in Jenkins: they decide what compiles statically. */
class Job<JobT extends Job, RunT extends Run> {
    private final String name

    Job(String name) { this.name = name }

    final String getFullName() { return name }
}
