package hudson.model

/** With type parameters, as in Jenkins: they decide what compiles statically. */
class Job<JobT extends Job, RunT extends Run> {
    private final ItemGroup parent
    private final String name

    Job(String name, ItemGroup parent = null) {
        this.name = name
        this.parent = parent
    }

    final String getFullName() { return name }

    String getName() { return name.substring(name.lastIndexOf('/') + 1) }

    ItemGroup getParent() { return parent }
}
