/*
 * Plays the controller for the init script: reads one command a line (JSON), does it, answers in one line.
 * Arguments: the init script, the folder with the compiled stand-ins of the credentials plugin.
 */
import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import hudson.EnvVars
import hudson.model.EnvironmentContributor
import hudson.model.Job
import hudson.model.JobWithItems
import hudson.model.Run
import hudson.model.TaskListener
import hudson.model.listeners.RunListener
import java.util.concurrent.CountDownLatch
import java.util.logging.Handler
import java.util.logging.LogRecord
import java.util.logging.Logger
import jenkins.branch.BranchNameContributor
import jenkins.model.Jenkins
import jenkins.model.JenkinsLocationConfiguration
import jenkins.model.TransientActionFactory

class Records extends Handler {
    final List<String> lines = Collections.synchronizedList([])

    void publish(LogRecord record) { lines.add(record.level.name + ' ' + record.message) }

    void flush() { }

    void close() { }
}

class Console implements TaskListener {
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream()
    final PrintStream logger = new PrintStream(bytes, true, 'UTF-8')
}

class Controller {
    final File script
    final URL plugin
    final Records records = new Records()
    final Logger logger = Logger.getLogger('squash') // held: the log manager forgets loggers that nobody holds

    Controller(List<String> args) {
        script = new File(args[0])
        plugin = new File(args[1]).toURI().toURL()
        logger.useParentHandlers = false
        logger.addHandler(records)
    }

    /** A new Jenkins over a folder; `how` has its root URL, its properties and whether credentials are there. */
    def start(Map how) {
        if (Jenkins.get()) { stopOld() }
        def jenkins = new Jenkins(new File(how.home))
        JenkinsLocationConfiguration.rootUrl = how.root
        System.properties.keySet().findAll { it.startsWith('SQUASH_') }.each { System.clearProperty(it) }
        how.system.each { name, value -> System.setProperty(name, value) }
        jenkins.globalNodeProperties.variables.envVars.putAll(how.global)
        if (how.secret != null) {
            jenkins.pluginManager.uberClassLoader = new URLClassLoader([plugin] as URL[], Jenkins.classLoader)
            def store = Class.forName('com.cloudbees.plugins.credentials.CredentialsProvider', true, jenkins.pluginManager.uberClassLoader)
            store.secret = how.secret
        }
        records.lines.clear()
        return run([:])
    }

    /** Run the init script, as Jenkins does at its start and the script console later. */
    def run(Map ignored) {
        new GroovyShell(Jenkins.get().pluginManager.uberClassLoader).evaluate(script)
        return extensions([:])
    }

    def extensions(Map ignored) {
        return [RunListener, TransientActionFactory].collectMany { Jenkins.get().getExtensionList(it)*.class*.name }
    }

    private static Job job(Map what) {
        return new Job(what.job, what.inside ? new JobWithItems(what.inside) : null)
    }

    /** Tell every listener what happens to a build, in this thread as an executor would. */
    def fire(Map what) {
        def run = new Run(job(what), what.build)
        def console = new Console()
        what.phases.each { phase ->
            Jenkins.get().getExtensionList(RunListener).each {
                phase in ['onStarted', 'onCompleted'] ? it."$phase"(run, console) : it."$phase"(run)
            }
        }
        return console.bytes.toString('UTF-8')
    }

    /** The Branch API plugin is there, with the variables of the jobs that build branches. */
    def branches(Map what) {
        Jenkins.get().getExtensionList(EnvironmentContributor).addAll([
            new EnvironmentContributor() {
                @Override
                void buildEnvironmentFor(Job job, EnvVars variables, TaskListener listener) {
                    variables['CHANGE_ID'] = 'of another plugin'
                }
            },
            new BranchNameContributor(branches: what.branches)])
        return true
    }

    /** Let many builds end at the same moment; answer the longest that one of them was held, in ms. */
    def storm(Map what) {
        def together = new CountDownLatch(1)
        def held = Collections.synchronizedList([])
        def builds = (1..what.builds).collect { number ->
            Thread.start {
                together.await()
                long began = System.nanoTime()
                fire([job: what.job, build: number, phases: ['onCompleted', 'onFinalized']])
                held.add((System.nanoTime() - began) / 1e6)
            }
        }
        together.countDown()
        builds*.join()
        return [longest: held.max(), threads: threads([:])]
    }

    def links(Map what) {
        def job = job(what)
        def target = what.build == null ? job : new Run(job, what.build)
        def asked = Jenkins.get().getExtensionList(TransientActionFactory).findAll { it.type() == target.class }
        return asked.collectMany { it.createFor(target) }.collect { [it.iconFileName, it.displayName, it.urlName] }
    }

    def pages(Map what) { return what.cases.collect { links(it)*.getAt(2) } }

    def log(Map ignored) { return records.lines.toList() }

    def threads(Map ignored) {
        return Thread.allStackTraces.keySet().findAll { it.name.startsWith('squash-') }.collect { [it.name, it.daemon] }
    }

    def interrupted(Map what) {
        Thread.currentThread().interrupt()
        fire(what)
        return Thread.interrupted()
    }

    /** A build of which nothing can be asked; answer the phases that came back. */
    def fireBroken(Map ignored) {
        def listener = Jenkins.get().getExtensionList(RunListener)[0]
        return ['onCompleted', 'onFinalized', 'onDeleted'].findAll { phase ->
            phase == 'onCompleted' ? listener.onCompleted(new Run(null, 1), null) : listener."$phase"(new Run(null, 1))
            return true
        }
    }

    def stopOld(Map ignored = [:]) {
        Jenkins.get().getExtensionList(RunListener).each { it.stop() }
        return true
    }

    def answer(String line) {
        def asked = new JsonSlurper().parseText(line)
        try {
            return [answer: "${asked.command}"(asked)]
        } catch (Throwable trouble) {
            return [trouble: trouble.toString()]
        }
    }
}

def controller = new Controller(args as List)
System.in.eachLine('UTF-8') { line ->
    println JsonOutput.toJson(controller.answer(line))
    System.out.flush()
}
