package hudson.model

interface TaskListener {
    TaskListener NULL = new TaskListener() {
        PrintStream getLogger() { return new PrintStream(OutputStream.nullOutputStream()) }
    }

    PrintStream getLogger()
}
