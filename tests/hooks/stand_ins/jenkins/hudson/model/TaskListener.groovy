package hudson.model

interface TaskListener {
    PrintStream getLogger()
}
