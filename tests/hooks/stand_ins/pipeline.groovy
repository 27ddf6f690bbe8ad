/*
 * Plays a Pipeline for the shared-library step: reads one command a line (JSON), runs the step in it and
 * answers in one line. Arguments: the step's file, and parameters.json with the names that steps know.
 *
 * Jenkins passes over a parameter that a step does not have, with a warning in the console; here it fails
 * the test, be it given at run time or stand in code that no test runs.
 *
 * What a real Pipeline would only notice when it is stored or resumed is checked always: each variable of a
 * method that is not @NonCPS must be serializable when it gets its value, such a method hands no closure
 * to a method of Groovy's own, and a @NonCPS method calls no method that is none.
 */
import com.cloudbees.groovy.cps.NonCPS
import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import java.util.concurrent.ExecutionException
import java.util.concurrent.FutureTask
import java.util.concurrent.TimeUnit
import java.util.concurrent.TimeoutException
import org.codehaus.groovy.ast.ClassCodeVisitorSupport
import org.codehaus.groovy.ast.ClassNode
import org.codehaus.groovy.ast.MethodNode
import org.codehaus.groovy.ast.expr.ArgumentListExpression
import org.codehaus.groovy.ast.expr.BinaryExpression
import org.codehaus.groovy.ast.expr.ClosureExpression
import org.codehaus.groovy.ast.expr.ConstantExpression
import org.codehaus.groovy.ast.expr.MapExpression
import org.codehaus.groovy.ast.expr.MethodCallExpression
import org.codehaus.groovy.ast.expr.StaticMethodCallExpression
import org.codehaus.groovy.ast.expr.TupleExpression
import org.codehaus.groovy.ast.expr.VariableExpression
import org.codehaus.groovy.ast.stmt.BlockStatement
import org.codehaus.groovy.ast.stmt.ExpressionStatement
import org.codehaus.groovy.ast.ClassHelper
import org.codehaus.groovy.classgen.GeneratorContext
import org.codehaus.groovy.control.CompilationUnit
import org.codehaus.groovy.control.CompilePhase
import org.codehaus.groovy.control.Phases
import org.codehaus.groovy.control.CompilerConfiguration
import org.codehaus.groovy.control.SourceUnit
import org.codehaus.groovy.control.customizers.CompilationCustomizer
import org.jenkinsci.plugins.workflow.steps.FlowInterruptedException

class Stored {
    static void check(String name, Object value) {
        new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(value instanceof GString ? value.values : value)
    }
}

/** Rewrites the methods that Jenkins would run step by step. */
class StepByStep extends CompilationCustomizer {
    final List<String> faults = []
    int checked = 0

    StepByStep() { super(CompilePhase.CANONICALIZATION) }

    void call(SourceUnit source, GeneratorContext context, ClassNode type) {
        def plain = type.methods.findAll { whole(it) }*.name as Set
        def own = type.methods*.name as Set
        type.methods.each { new Look(this, it, source, whole(it), plain, own).visitMethod(it) }
    }

    private static boolean whole(MethodNode method) { return !method.getAnnotations(ClassHelper.make(NonCPS)).empty }
}

class Look extends ClassCodeVisitorSupport {
    static final List<String> STEPS = ['timeout', 'withEnv', 'withCredentials']
    final StepByStep report
    final MethodNode method
    final SourceUnit sourceUnit
    final boolean whole
    final Set plain
    final Set own

    Look(StepByStep report, MethodNode method, SourceUnit source, boolean whole, Set plain, Set own) {
        this.report = report
        this.method = method
        this.sourceUnit = source
        this.whole = whole
        this.plain = plain
        this.own = own
    }

    void visitMethodCallExpression(MethodCallExpression call) {
        String name = call.methodAsString
        if (whole && call.implicitThis && !plain.contains(name)) {
            report.faults << "${method.name}: @NonCPS calls ${name}".toString()
        }
        boolean closure = call.arguments instanceof ArgumentListExpression && call.arguments.expressions.any { it instanceof ClosureExpression }
        if (!whole && closure && !STEPS.contains(name)) {
            report.faults << "${method.name}: ${name} takes a closure".toString()
        }
        super.visitMethodCallExpression(call)
    }

    void visitBlockStatement(BlockStatement block) {
        super.visitBlockStatement(block)
        if (whole) { return }
        block.statements.toList().each { statement ->
            if (!(statement instanceof ExpressionStatement && statement.expression instanceof BinaryExpression)) { return }
            def set = statement.expression
            if (set.operation.text == '=' && set.leftExpression instanceof VariableExpression) {
                def arguments = new ArgumentListExpression(new ConstantExpression(set.leftExpression.name), new VariableExpression(set.leftExpression.name))
                def check = new ExpressionStatement(new StaticMethodCallExpression(ClassHelper.make(Stored), 'check', arguments))
                block.statements.add(block.statements.indexOf(statement) + 1, check)
                report.checked++
            }
        }
    }
}

/** Finds named arguments that a step does not have. */
class NamedArguments extends ClassCodeVisitorSupport {
    final Map<String, List<String>> known
    final List<String> faults = []
    int checked = 0
    SourceUnit sourceUnit

    NamedArguments(Map<String, List<String>> known) { this.known = known }

    void visitMethodCallExpression(MethodCallExpression call) {
        super.visitMethodCallExpression(call)
        if (!call.implicitThis || !(call.arguments instanceof TupleExpression)) { return }
        def maps = call.arguments.expressions.findAll { it instanceof MapExpression }
        List names = maps*.mapEntryExpressions.flatten()*.keyExpression*.text
        if (names) { check(call.methodAsString, names) }
    }

    void check(String step, Collection names) {
        checked++
        names.findAll { !(it in known[step]) }.each { faults << "${step} has no parameter ${it}".toString() }
    }
}

/** What the HTTP Request plugin answers: it can be stored, as there. */
class Response implements Serializable {
    int status
    String content
}

/** Asks as the HTTP Request plugin does, with its defaults: GET, and whatever fails below HTTP is a status. */
class HttpRequest {
    static final List<String> MODES = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'MKCOL']
    static final Map<String, String> TYPES = [APPLICATION_JSON: 'application/json']
    final Map how

    HttpRequest(Map how) { this.how = how }

    Response answer() {
        def answer = tried()
        def (least, most) = (how.validResponseCodes ?: '100:399').split(':')*.toInteger()
        if (answer.status < least || answer.status > most) {
            throw new IOException("Fail: Status code ${answer.status} is not in the accepted range: ${least}:${most}")
        }
        return answer
    }

    private Response tried() {
        try {
            return sent()
        } catch (UnknownHostException nowhere) {
            return new Response(status: 404, content: 'UnknownHostException as 404 Not Found')
        } catch (SocketTimeoutException | ConnectException away) {
            return new Response(status: 408, content: "${away.class}(${away.message}) as 408 Request Timeout")
        }
    }

    private Response sent() {
        String mode = how.httpMode ?: 'GET'
        assert mode in MODES
        def http = (HttpURLConnection) new URL(how.url).openConnection(Proxy.NO_PROXY)
        http.requestMethod = mode
        http.instanceFollowRedirects = mode == 'GET'
        http.connectTimeout = http.readTimeout = 1000 * (how.timeout ?: 0)
        if (how.contentType) { http.setRequestProperty('Content-Type', TYPES[how.contentType]) }
        how.customHeaders.each {
            assert it.keySet() - ['name', 'value', 'maskValue'] == [] as Set
            http.setRequestProperty(it.name, it.value)
        }
        if (mode in ['POST', 'PUT', 'PATCH']) {
            http.doOutput = true
            http.outputStream.withCloseable { it << how.requestBody.getBytes('ISO-8859-1') } // no charset was named
        }
        int status = http.responseCode
        def body = status < 400 ? http.inputStream : http.errorStream
        return new Response(status: status, content: body?.getText('UTF-8'))
    }
}

/** The steps that a build has; what it was told goes into `told`. */
class Steps {
    final Map build
    final NamedArguments names
    final List told = []
    final Map<String, String> variables

    Steps(Map build, Map<String, List<String>> known) {
        this.build = build
        names = new NamedArguments(known)
        variables = new LinkedHashMap(build.env)
    }

    Object invoke(String name, Object[] arguments) {
        if (!(name in build.steps)) { throw new NoSuchMethodError("No such DSL method '${name}' found among steps [...]") }
        names.check(name, arguments.findAll { it instanceof Map }*.keySet().flatten())
        assert names.faults == []
        return "step_$name"(*arguments)
    }

    def step_echo(message) { told << ['echo', message.toString()] }

    def step_error(message) { throw new IllegalStateException("error: $message") }

    def step_isUnix() { return build.unix }

    def step_timeout(Map how, Closure body) {
        told << ['timeout', how.time, how.unit]
        def work = new FutureTask(body)
        def thread = Thread.start { work.run() }
        try {
            work.get(how.time, TimeUnit.SECONDS)
        } catch (TimeoutException late) {
            thread.interrupt()
            throw new FlowInterruptedException()
        } catch (ExecutionException thrown) {
            throw thrown.cause
        }
    }

    def step_withEnv(List more, Closure body) {
        def old = new LinkedHashMap(variables)
        more.each { line ->
            def (name, value) = line.toString().split('=', 2)
            variables[name] = value.replaceAll('\\$[A-Za-z_]+', '')
        }
        try { body() } finally { put(old) }
    }

    def step_string(Map what) { return what }

    def step_withCredentials(List all, Closure body) {
        def old = new LinkedHashMap(variables)
        all.each {
            if (!build.credentials[it.credentialsId]) { throw new IOException("Could not find credentials entry with ID '${it.credentialsId}'") }
            variables[it.variable] = build.credentials[it.credentialsId]
        }
        try { body() } finally { put(old) }
    }

    private void put(Map old) {
        variables.clear()
        variables.putAll(old)
    }

    /** What the agent's shell does: a real one, and like Jenkins' it tells each command that it runs. */
    def step_sh(Map how) {
        if (build.interrupted) { throw new FlowInterruptedException() }
        if (!build.env.NODE_NAME) { throw new IllegalStateException('Required context class hudson.FilePath is missing') }
        def builder = new ProcessBuilder('/bin/sh', '-xec', how.script)
        builder.environment().clear()
        builder.environment().putAll(variables)
        builder.directory(new File(build.workspace))
        def process = builder.start()
        def out = new StringBuilder()
        def err = new StringBuilder()
        process.waitForProcessOutput(out, err)
        told << ['sh', out.toString() + err]
        if (how.returnStatus) { return process.exitValue() }
        if (process.exitValue() != 0) { throw new IOException("script returned exit code ${process.exitValue()}") }
        return out.toString()
    }

    def step_powershell(Map how) { return build.powershell }

    def step_httpRequest(Map how) {
        told << ['httpRequest', how]
        if (build.hangs) { Thread.sleep(60000) }
        return new HttpRequest(how).answer()
    }

    def step_archiveArtifacts(Map how) { told << ['archiveArtifacts', how.artifacts, how.allowEmptyArchive] }

    def step_junit(Map how) { told << ['junit', how.testResults, how.allowEmptyResults] }
}

abstract class PipelineScript extends Script {
    def invokeMethod(String name, Object arguments) {
        if (metaClass.respondsTo(this, name)) { return super.invokeMethod(name, arguments) }
        return binding.getVariable('steps').invoke(name, arguments as Object[])
    }
}

class Pipeline {
    final Class step
    final StepByStep look = new StepByStep()
    final Map<String, List<String>> known

    Pipeline(File file, File parameters) {
        known = new JsonSlurper().parse(parameters)
        def how = new CompilerConfiguration(scriptBaseClass: PipelineScript.name)
        how.addCompilationCustomizers(look)
        step = new GroovyClassLoader(Pipeline.classLoader, how).parseClass(file)
    }

    /** Check the named arguments of all calls in a file; that it is no Groovy is the trouble that is answered. */
    def parameters(Map what) {
        def unit = new CompilationUnit()
        def names = new NamedArguments(known)
        unit.addSource(what.name, what.text)
        unit.compile(Phases.CONVERSION)
        unit.AST.modules*.classes.flatten().each { names.visitClass(it) }
        return [faults: names.faults, checked: names.checked]
    }

    def checks(Map ignored) { return [faults: look.faults, checked: look.checked] }

    private script(Map build) {
        def steps = new Steps(build, known)
        def script = step.newInstance()
        script.binding = new Binding(steps: steps, env: steps.variables)
        return [script, steps]
    }

    def publish(Map build) {
        def (script, steps) = script(build)
        def loaded = script.run() // as `load` and the library do; gives the step itself
        try {
            build.options == null ? loaded.call() : loaded.call(build.options)
            return [told: steps.told, thrown: '']
        } catch (AssertionError wrong) { // with what the step did: that is the test's to know
            throw wrong
        } catch (Throwable thrown) {
            return [told: steps.told, thrown: thrown.class.simpleName + ': ' + thrown.message]
        }
    }

    def pages(Map what) {
        def (script) = script([env: [:], steps: []])
        return what.cases.collect { script.pageUrl(script.wishes([:], it.site), it.job, it.build.toString()) }
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

def pipeline = new Pipeline(new File(args[0]), new File(args[1]))
System.in.eachLine('UTF-8') { line ->
    println JsonOutput.toJson(pipeline.answer(line))
    System.out.flush()
}
