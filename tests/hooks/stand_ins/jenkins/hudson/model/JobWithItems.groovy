package hudson.model

/** A matrix project or a Maven job: its configurations or modules are jobs inside of it. */
class JobWithItems extends Job implements ItemGroup {
    JobWithItems(String name) { super(name) }
}
