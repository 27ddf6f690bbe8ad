package hudson.model

class Run<JobT extends Job, RunT extends Run> {
    private final JobT project
    private final int id

    Run(JobT project, int id) {
        this.project = project
        this.id = id
    }

    JobT getParent() { return project }

    int getNumber() { return id }
}
