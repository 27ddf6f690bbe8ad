/*
 * Links every build and job page of this controller to its QA dashboard, and sends the dashboard
 * server a webhook request for every build that has ended. Needs no plugin; Jenkins 2.263.4 or later.
 *
 * Install: copy this file to $JENKINS_HOME/init.groovy.d/, write $JENKINS_HOME/squash.properties and
 * restart Jenkins, or paste this file into Manage Jenkins > Script Console, which has the same effect at
 * once (until the next restart). Running it again applies new settings and replaces the old hook.
 * Remove: delete both files and $JENKINS_HOME/squash/, and restart; or set SQUASH_ENABLED=false and
 * run it again, which removes everything at once. Nothing is ever stored in a job or build.
 *
 * Settings, in order of precedence: system properties (java -DSQUASH_SERVER_URL=...), environment
 * variables of the controller, Manage Jenkins > System (older: Configure System) > Environment
 * variables, and the file squash.properties (UTF-8), all with these names:
 *   SQUASH_SERVER_URL        root of `squash-jenkins serve`, which gets the requests; empty: links only
 *   SQUASH_DASHBOARD_URL     URL of the pages for people; default: SQUASH_SERVER_URL
 *   SQUASH_CONTROLLER        name of this Jenkins in squash.toml ([controllers.NAME]); default: its first
 *   SQUASH_FIRST_CONTROLLER  the first name there, if that is another Jenkins
 *   SQUASH_ONLY_JOBS         full names of jobs, globs as in squash.toml (* also crosses folders),
 *                            separated by commas; !glob excludes jobs; default: all. A matrix
 *                            includes its configurations
 *   SQUASH_CREDENTIALS_ID    id of a credential (secret text, or the password of a pair) with the
 *                            server's token; or SQUASH_TOKEN_FILE, a file with it; or SQUASH_TOKEN
 *   SQUASH_TITLE             text of the link; default: QA dashboard
 *   SQUASH_CONSOLE           false: no line in the console of builds
 *   SQUASH_ENABLED           false: removes an installed hook and installs none
 *   SQUASH_TIMEOUT           seconds for connecting, and again for the response; default: 15
 *   SQUASH_THREADS           threads that send requests, 1 to 8; default: 2
 *   SQUASH_RETRY_SECONDS     first wait when the server is unavailable, doubling up to
 *   SQUASH_RETRY_LIMIT       this many seconds; defaults: 5 and 600
 *   SQUASH_QUEUE_LIMIT       most requests in the queue, further ones are dropped; default: 10000
 *   SQUASH_QUEUE_DAYS        a request that could not be sent for so long is dropped; default: 14
 *
 * Effect on a build: one line in its console, and one small file (it waits at most 50 ms for it, so a
 * hanging disk delays no build). The file is in $JENKINS_HOME/squash/queue/ before the build's thread
 * continues and is deleted once the server has accepted the request: kill -9 of Jenkins loses no build
 * that had ended; a power cut may lose the last seconds, and Jenkins itself reports no build that it
 * lost in a crash. `squash-jenkins watch` or `backfill` finds what a hook could not report.
 * Messages go to the logger `squash` (Manage Jenkins > System Log), each kind once in ten minutes.
 */
import groovy.json.JsonException
import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import groovy.transform.CompileStatic
import hudson.EnvVars
import hudson.ProxyConfiguration
import hudson.model.Action
import hudson.model.EnvironmentContributor
import hudson.model.ItemGroup
import hudson.model.Job
import hudson.model.Run
import hudson.model.TaskListener
import hudson.model.listeners.RunListener
import hudson.security.ACL
import hudson.slaves.EnvironmentVariablesNodeProperty
import java.nio.charset.StandardCharsets
import java.nio.file.Files
import java.nio.file.StandardCopyOption
import java.security.MessageDigest
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.ExecutorService
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.ThreadFactory
import java.util.concurrent.ThreadPoolExecutor
import java.util.concurrent.TimeUnit
import java.util.concurrent.TimeoutException
import java.util.concurrent.atomic.AtomicInteger
import java.util.logging.Level
import java.util.logging.Logger
import java.util.regex.Matcher
import java.util.regex.Pattern
import jenkins.model.Jenkins
import jenkins.model.JenkinsLocationConfiguration
import jenkins.model.TransientActionFactory

/** Names pages by the rule of squash_jenkins/render/links.py; tests/data/job_urls.json holds for both. */
@CompileStatic
final class SquashNames {
    private static final Pattern UNSAFE =
        Pattern.compile('[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029<>:"/\\\\|?*]')
    private static final Pattern HASHED = Pattern.compile('~[0-9a-f]{12}\\z')
    private static final Pattern RESERVED = Pattern.compile(
        '\\p{Nd}+(?:@.*)?|index\\.html|badges|plain|badge\\.svg',
        Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.DOTALL)
    private static final String PLAIN =
        'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~/=,@+'

    static String jobFolder(String name) {
        List<String> folders = []
        for (String part : name.split('/', -1)) {
            folders.add(RESERVED.matcher(part).matches() ? hashed(part) : folder(part))
        }
        String joined = folders.join('/')
        return utf8(joined).length <= 400 ? joined : hashed(name)
    }

    static String folder(String part) {
        boolean harmless = !part.isEmpty() && !' .'.contains(part.substring(0, 1)) &&
            !' .'.contains(part.substring(part.length() - 1)) && !UNSAFE.matcher(part).find() &&
            !HASHED.matcher(part).find() && utf8(part).length <= 100 &&
            StandardCharsets.UTF_8.newEncoder().canEncode(part)
        return harmless ? part : hashed(part)
    }

    static String quoted(String path) {
        StringBuilder url = new StringBuilder()
        for (byte each : utf8(path)) {
            String letter = String.valueOf((char) (each & 0xff))
            url.append(PLAIN.contains(letter) ? letter : String.format('%%%02X', each & 0xff))
        }
        return url.toString()
    }

    private static String hashed(String text) {
        byte[] digest = MessageDigest.getInstance('SHA-256').digest(utf8(text))
        String hex = String.format('%064x', new BigInteger(1, digest)).substring(0, 12)
        boolean whole = text.codePointCount(0, text.length()) <= 40
        String shown = whole ? text : text.substring(0, text.offsetByCodePoints(0, 40))
        String readable = shown.replaceAll('[^A-Za-z0-9_.=,+-]+', '-').replaceAll('^[-. ]+|[-. ]+\\z', '')
        return readable + '~' + hex
    }

    /** As Python's surrogatepass: half a surrogate pair, which UTF-8 does not know, as three bytes. */
    private static byte[] utf8(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream()
        for (int at = 0; at < text.length(); at += Character.charCount(text.codePointAt(at))) {
            int point = text.codePointAt(at)
            byte[] bytes = new String(Character.toChars(point)).getBytes(StandardCharsets.UTF_8)
            if (point >= 0xd800 && point <= 0xdfff) {
                bytes = [0xe0 | (point >> 12), 0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f)] as byte[]
            }
            out.write(bytes, 0, bytes.length)
        }
        return out.toByteArray()
    }
}

/** What the administrator chose; reading it never fails, a value that makes no sense is the default. */
@CompileStatic
final class SquashSettings {
    private static final Pattern TOKEN = Pattern.compile('\\[!?\\]?[^\\]]*\\]|.', Pattern.DOTALL)
    private final Map<String, String> values
    private final List<Pattern> wanted = []
    private final List<Pattern> unwanted = []
    final String server
    final String dashboard

    SquashSettings(Map<String, String> values) {
        this.values = values
        server = root(text('SQUASH_SERVER_URL', ''))
        dashboard = root(text('SQUASH_DASHBOARD_URL', server))
        for (String each : text('SQUASH_ONLY_JOBS', '').split('[,\n]')) {
            String glob = each.trim()
            if (glob) {
                (glob.startsWith('!') ? unwanted : wanted).add(pattern(glob.replaceFirst('^!', '')))
            }
        }
    }

    String text(String name, String otherwise) {
        String value = values.get(name)
        return value?.trim() ? value.trim() : otherwise
    }

    double number(String name, double otherwise, double least, double most) {
        String value = text(name, '')
        boolean given = value.matches('\\d{1,9}(\\.\\d{1,3})?')
        return given ? Math.max(least, Math.min(most, Double.parseDouble(value))) : otherwise
    }

    boolean says(String name) { return !(text(name, 'true').toLowerCase(Locale.ROOT) in ['false', 'no', '0', 'off']) }

    boolean wants(Job job) {
        List<String> names = [job.getFullName()]
        ItemGroup matrix = job.getParent()
        if (matrix instanceof Job && job.getName().contains('=')) { // a configuration goes with its matrix
            names.add(((Job) matrix).getFullName())
        }
        return (wanted.isEmpty() || fits(wanted, names)) && !fits(unwanted, names)
    }

    /** Return the page of a build, or of a job where the number is null. */
    String page(String job, Integer number) {
        String mine = text('SQUASH_CONTROLLER', '')
        boolean first = text('SQUASH_FIRST_CONTROLLER', mine) == mine
        String path = (first ? '' : 'at/' + SquashNames.folder(mine) + '/') + 'jobs/' + SquashNames.jobFolder(job)
        return dashboard + '/' + SquashNames.quoted(path + (number == null ? '/' : '/' + number + '/'))
    }

    private static boolean fits(List<Pattern> patterns, List<String> names) {
        for (Pattern each : patterns) {
            for (String name : names) {
                if (each.matcher(name).matches()) { return true }
            }
        }
        return false
    }

    private static String root(String url) {
        return url ==~ '(?i)https?://[^\\s<>"]+' ? url.replaceFirst('/+$', '') : ''
    }

    /** As fnmatch does: * any letters, / too, ? one letter, [ab] and [!ab] one of those or none of them. */
    private static Pattern pattern(String glob) {
        StringBuilder regex = new StringBuilder()
        Matcher tokens = TOKEN.matcher(glob)
        while (tokens.find()) {
            String token = tokens.group()
            boolean several = token.length() > 1
            regex.append(token == '*' ? '.*' : token == '?' ? '.' : several ? oneOf(token) : Pattern.quote(token))
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL)
    }

    private static String oneOf(String token) {
        String letters = token.substring(1, token.length() - 1)
        boolean others = letters.startsWith('!')
        String meant = (others ? letters.substring(1) : letters).replaceAll('[\\[\\]\\\\^&]', '\\\\$0')
        return (others ? '[^' : '[') + meant + ']'
    }
}

/** Writes to the logger `squash`, each kind of message once in ten minutes. */
@CompileStatic
final class SquashLog {
    private static final long PAUSE = TimeUnit.MINUTES.toNanos(10)
    private final Logger logger = Logger.getLogger('squash')
    private final ConcurrentHashMap<String, Long> logged = new ConcurrentHashMap<String, Long>()

    void info(String message) { logger.log(Level.INFO, message) }

    void warn(String kind, String message, Throwable cause = null) {
        long now = System.nanoTime()
        Long last = logged.get(kind)
        if (last != null && now - last.longValue() < PAUSE) { return }
        logged.put(kind, now)
        logger.log(Level.WARNING, message + (cause == null ? '' : ' (' + cause + ')'), cause)
    }
}

/** Finds the token, anew every minute: it may be replaced while Jenkins runs. */
final class SquashToken {
    private final SquashSettings settings
    private String token
    private long until = System.nanoTime()

    SquashToken(SquashSettings settings) { this.settings = settings }

    synchronized String get() {
        if (System.nanoTime() - until >= 0) {
            token = find()
            until = System.nanoTime() + TimeUnit.MINUTES.toNanos(1)
        }
        return token
    }

    synchronized void forget() { until = System.nanoTime() }

    private String find() {
        String id = settings.text('SQUASH_CREDENTIALS_ID', '')
        String file = settings.text('SQUASH_TOKEN_FILE', '')
        String found = id ? credential(id) : file ? new File(file).getText('UTF-8') : settings.text('SQUASH_TOKEN', '')
        found = found.trim()
        if (!(found ==~ '[\\x21-\\x7e]*')) {
            throw new IOException('The token holds blanks or letters that no token has.')
        }
        return found
    }

    /** The credentials plugin may be missing, so its classes are looked up by name. */
    private String credential(String id) {
        ClassLoader plugins = Jenkins.get().pluginManager.uberClassLoader
        def provider = Class.forName('com.cloudbees.plugins.credentials.CredentialsProvider', true, plugins)
        def kind = Class.forName('com.cloudbees.plugins.credentials.common.StandardCredentials', true, plugins)
        def all = provider.lookupCredentials(kind, Jenkins.get(), ACL.SYSTEM, Collections.emptyList())
        def found = all.find { it.id == id }
        if (found == null) { throw new IOException("Jenkins has no global credential with the id '${id}'.") }
        def secret = found.hasProperty('secret') ? found.secret : found.password
        return secret.plainText
    }
}

/** Posts a request. Redirects are not followed, so that the token goes nowhere else. */
@CompileStatic
final class SquashServer {
    private static final int ACCEPTED = 202
    private final URL url
    private final int patience
    private final SquashToken token

    SquashServer(SquashSettings settings) {
        url = new URL(settings.server + '/api/notify/')
        patience = (int) (1000d * settings.number('SQUASH_TIMEOUT', 15, 0.1d, 300))
        token = new SquashToken(settings)
    }

    /** Return the HTTP status: 202 when the server has queued the build or ignores such requests. */
    int post(byte[] body) {
        HttpURLConnection http = (HttpURLConnection) ProxyConfiguration.open(url)
        try {
            http.setConnectTimeout(patience)
            http.setReadTimeout(patience)
            http.setInstanceFollowRedirects(false)
            http.setRequestMethod('POST')
            http.setDoOutput(true)
            http.setFixedLengthStreamingMode(body.length)
            http.setRequestProperty('Content-Type', 'application/json')
            String secret = token.get()
            if (secret) { http.setRequestProperty('Authorization', 'Bearer ' + secret) }
            http.getOutputStream().write(body)
            int status = answered(http)
            if (status == 401 || status == 403) { token.forget() }
            return status == 200 && ofServer(http) ? ACCEPTED : status
        } finally {
            http.disconnect()
        }
    }

    /** A sign-in page is a 200, too: the server's own 200 is JSON that says what became of the request. */
    private static boolean ofServer(HttpURLConnection http) {
        try {
            Object answer = new JsonSlurper().parseText(beginning(http.getInputStream()))
            return answer instanceof Map && ((Map) answer).get('state') != null
        } catch (JsonException | IllegalArgumentException noJson) {
            return false
        }
    }

    private static String beginning(InputStream answer) {
        byte[] bytes = new byte[8192]
        int length = 0
        for (int more = 0; more >= 0 && length < bytes.length; length += Math.max(more, 0)) {
            more = answer.read(bytes, length, bytes.length - length)
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8)
    }

    private static int answered(HttpURLConnection http) {
        try {
            return http.getResponseCode()
        } catch (HttpRetryException refused) { // how Java reports a 401 to a request that it cannot repeat
            return refused.responseCode()
        }
    }
}

@CompileStatic
final class SquashRequest {
    final File file
    final byte[] body

    SquashRequest(File file, byte[] body) {
        this.file = file
        this.body = body
    }

    /** The file's name begins with the time it was made at, in milliseconds. */
    long age() { return System.currentTimeMillis() - Long.parseLong(file.getName().substring(0, 13)) }
}

/** Keeps webhook requests in files until the server accepts them; a few threads send them, oldest first. */
@CompileStatic
final class SquashQueue {
    private static final List<Integer> HOPELESS = [400, 413, 415, 422]
    private final File folder
    private final SquashSettings settings
    private final SquashLog log
    private final SquashServer server
    private final int limit
    private final String own = Long.toString(System.nanoTime(), 36).replace('-', 'm')
    private final AtomicInteger serial = new AtomicInteger()
    private final AtomicInteger kept = new AtomicInteger()
    private final LinkedBlockingQueue<SquashRequest> waiting = new LinkedBlockingQueue<SquashRequest>()
    private final ExecutorService writer
    private final ExecutorService senders
    private final Object pause = new Object()
    private volatile boolean stopped
    private int failures
    private long resume = System.nanoTime()

    SquashQueue(File folder, SquashSettings settings, SquashLog log) {
        this.folder = folder
        this.settings = settings
        this.log = log
        server = new SquashServer(settings)
        limit = (int) settings.number('SQUASH_QUEUE_LIMIT', 10000, 1, 1000000)
        writer = threads(1, 'squash-writer')
        int several = (int) settings.number('SQUASH_THREADS', 2, 1, 8)
        senders = threads(several, 'squash-sender')
        for (int each = 0; each < several; each++) {
            senders.execute({ sendAll() } as Runnable)
        }
    }

    /** Queue a request. The caller waits for its file, but never longer than 50 ms. */
    void add(byte[] body) {
        if (kept.incrementAndGet() > limit) {
            kept.decrementAndGet()
            log.warn('full', "${limit} requests wait to be sent to ${settings.server}; newer ones are dropped. " +
                'When the server is back, `squash-jenkins backfill` finds them. See SQUASH_QUEUE_LIMIT.')
            return
        }
        String name = String.format(
            Locale.ROOT, '%013d-%s-%06d.json', System.currentTimeMillis(), own, serial.incrementAndGet())
        SquashRequest request = new SquashRequest(new File(folder, name), body)
        try {
            writer.submit({ write(request) } as Runnable).get(50, TimeUnit.MILLISECONDS)
        } catch (TimeoutException slow) {
            log.warn('slow disk', "${folder} is slow to write to: the build does not wait for its request to be saved.")
        } catch (InterruptedException aborted) { // the build is being stopped, which Jenkins must see
            Thread.currentThread().interrupt()
        }
    }

    /** Queue what an earlier Jenkins or an earlier run of this script left behind. */
    void recover() {
        folder.mkdirs()
        String[] names = folder.list() ?: new String[0]
        Arrays.sort(names)
        for (String name : names) {
            if (!name.contains('-' + own + '-')) { recoverFile(new File(folder, name)) }
        }
    }

    private void recoverFile(File file) {
        if (!(file.getName() ==~ '\\d{13}-[0-9a-z]+-\\d+\\.json')) {
            file.delete() // incomplete when Jenkins was killed: its build was not finalized yet
            return
        }
        try {
            waiting.add(new SquashRequest(file, Files.readAllBytes(file.toPath())))
            kept.incrementAndGet()
        } catch (IOException unreadable) {
            log.warn('unreadable', "${file} cannot be read and stays there.", unreadable)
        }
    }

    void stop() {
        stopped = true
        senders.shutdownNow()
        writer.shutdown()
        writer.awaitTermination(2, TimeUnit.SECONDS)
    }

    /** Write a file and rename it, so every file is complete; on a full disk it stays in memory. */
    private void write(SquashRequest request) {
        try {
            File fresh = new File(folder, request.file.getName() + '.new')
            fresh.getParentFile().mkdirs()
            Files.write(fresh.toPath(), request.body)
            Files.move(fresh.toPath(), request.file.toPath(), StandardCopyOption.ATOMIC_MOVE)
        } catch (Throwable full) {
            log.warn('disk', "${request.file} cannot be written: a restart of Jenkins would lose this request.", full)
        }
        waiting.add(request)
    }

    private void sendAll() {
        while (!stopped) {
            try {
                send(waiting.take())
            } catch (InterruptedException ignored) { // by stop()
                return
            } catch (Throwable odd) {
                log.warn('odd', 'A request could not be sent; it is sent after the next restart.', odd)
            }
        }
    }

    private void send(SquashRequest request) {
        waitForServer()
        String trouble
        try {
            int status = server.post(request.body)
            trouble = status == 202 ? '' : 'it answers HTTP ' + status + advice(status)
            if (status in HOPELESS) {
                String said = new String(request.body, StandardCharsets.UTF_8)
                log.warn('refused', "${settings.server} refuses ${said}: ${trouble}. Dropped.")
                trouble = ''
            }
        } catch (Exception unreachable) {
            trouble = unreachable.toString()
        }
        if (trouble) { failed(request, trouble) } else { done(request) }
    }

    private void done(SquashRequest request) {
        forget(request)
        synchronized (pause) {
            failures = 0
            pause.notifyAll()
        }
    }

    /** Move it to the end, so that a request which the server cannot handle delays no other. */
    private void failed(SquashRequest request, String trouble) {
        String where = settings.server + ': ' + trouble
        log.warn('away', "${kept.get()} requests are queued and sent later, as they could not be sent to ${where}.")
        double days = settings.number('SQUASH_QUEUE_DAYS', 14, 0.001d, 3650)
        if (request.age() > days * 86400000) {
            log.warn('old', "A request older than ${days} days is dropped; `squash-jenkins backfill` finds its build.")
            forget(request)
        } else {
            waiting.add(request)
        }
        synchronized (pause) {
            if (failures == 0 || System.nanoTime() - resume >= 0) { // one step, however many threads failed
                failures = Math.min(failures + 1, 30)
                resume = System.nanoTime() + waitAfter(failures)
            }
        }
    }

    private long waitAfter(int times) {
        double first = settings.number('SQUASH_RETRY_SECONDS', 5, 0.01d, 3600)
        double most = settings.number('SQUASH_RETRY_LIMIT', 600, 0.01d, 86400)
        return (long) (1e9 * Math.min(most, first * Math.pow(2, times - 1)))
    }

    private void waitForServer() {
        synchronized (pause) {
            long left = resume - System.nanoTime()
            while (failures > 0 && left > 0) {
                TimeUnit.NANOSECONDS.timedWait(pause, left + 1000000)
                left = resume - System.nanoTime()
            }
        }
    }

    private void forget(SquashRequest request) {
        kept.decrementAndGet()
        Files.deleteIfExists(request.file.toPath())
    }

    private static String advice(int status) {
        if (status == 401 || status == 403) { return ' (is the token right? see SQUASH_CREDENTIALS_ID)' }
        if (status in 300..399) { return ' (it redirects: give its final address as SQUASH_SERVER_URL)' }
        return status == 404 || status in 200..299 ? ' (is SQUASH_SERVER_URL the root of `squash-jenkins serve`?)' : ''
    }

    private ExecutorService threads(int count, String name) {
        ThreadFactory daemons = { Runnable loop ->
            Thread thread = new Thread(loop, name)
            thread.setDaemon(true)
            return thread
        } as ThreadFactory
        LinkedBlockingQueue<Runnable> work = new LinkedBlockingQueue<Runnable>(limit)
        return new ThreadPoolExecutor(count, count, 1, TimeUnit.MINUTES, work, daemons)
    }
}

/** Writes the link into the console and queues builds that are over. No exception reaches Jenkins. */
@CompileStatic
final class SquashRunListener extends RunListener<Run> {
    private static final List<String> BRANCH =
        ['BRANCH_NAME', 'BRANCH_IS_PRIMARY', 'CHANGE_ID', 'CHANGE_TARGET', 'CHANGE_URL']
    private final SquashSettings settings
    private final SquashQueue queue
    private final SquashLog log

    SquashRunListener(SquashSettings settings, SquashQueue queue, SquashLog log) {
        super(Run)
        this.settings = settings
        this.queue = queue
        this.log = log
    }

    @Override
    void onCompleted(Run run, TaskListener listener) {
        try {
            Job job = run.getParent()
            if (settings.says('SQUASH_CONSOLE') && settings.wants(job)) {
                String title = settings.text('SQUASH_TITLE', 'QA dashboard')
                listener.getLogger().println(title + ': ' + settings.page(job.getFullName(), run.getNumber()))
            }
        } catch (Throwable odd) {
            log.warn('console', 'A build got no link in its console.', odd)
        }
    }

    @Override
    void onFinalized(Run run) { queueUp(run, 'finalized') }

    @Override
    void onDeleted(Run run) { queueUp(run, 'deleted') }

    private void queueUp(Run run, String event) {
        try {
            Job job = run.getParent()
            if (queue == null || !settings.wants(job)) { return }
            Map<String, Object> body = new LinkedHashMap<String, Object>()
            body.put('controller', settings.text('SQUASH_CONTROLLER', ''))
            body.put('job', job.getFullName())
            body.put('build', run.getNumber())
            body.put('event', event)
            body.put('jenkins', JenkinsLocationConfiguration.get()?.getUrl() ?: '')
            body.putAll(branchOf(job))
            queue.add(JsonOutput.toJson(body).getBytes(StandardCharsets.UTF_8))
        } catch (Throwable odd) {
            log.warn('queue', "The server was not notified that a build is ${event}.", odd)
        }
    }

    /**
     * What Jenkins' API does not say of a job of a multibranch project, such as the target of its pull request. Only
     * the contributor of the Branch API plugin is asked: others may do I/O, and that plugin may be missing.
     */
    private Map<String, String> branchOf(Job job) {
        EnvVars found = new EnvVars()
        try {
            for (Object each : Jenkins.get().getExtensionList(EnvironmentContributor)) {
                if (each.getClass().getName() == 'jenkins.branch.BranchNameContributor') {
                    ((EnvironmentContributor) each).buildEnvironmentFor(job, found, TaskListener.NULL)
                }
            }
        } catch (Throwable odd) {
            log.warn('branch', 'The branch of a build is not known.', odd)
        }
        Map<String, String> named = new LinkedHashMap<String, String>()
        for (String name : BRANCH) {
            if (found.get(name)) { named.put(name, found.get(name)) }
        }
        return named
    }

    void stop() { queue?.stop() }
}

@CompileStatic
final class SquashAction implements Action {
    private final String title
    private final String url

    SquashAction(String title, String url) {
        this.title = title
        this.url = url
    }

    @Override
    String getIconFileName() { return 'graph.png' }

    @Override
    String getDisplayName() { return title }

    /** An absolute URL: Jenkins then links to it as it is. */
    @Override
    String getUrlName() { return url }
}

/** Makes the link in the side bar whenever a page is drawn, which only takes string operations. */
@CompileStatic
final class SquashLinks {
    private final SquashSettings settings
    private final SquashLog log

    SquashLinks(SquashSettings settings, SquashLog log) {
        this.settings = settings
        this.log = log
    }

    Collection<? extends Action> link(Job job, Integer number) {
        try {
            if (settings.wants(job)) {
                String title = settings.text('SQUASH_TITLE', 'QA dashboard')
                return Collections.singleton(new SquashAction(title, settings.page(job.getFullName(), number)))
            }
        } catch (Throwable odd) {
            log.warn('link', 'A page of Jenkins got no link to the dashboard.', odd)
        }
        return Collections.emptySet()
    }
}

@CompileStatic
final class SquashRunLinks extends TransientActionFactory<Run> {
    private final SquashLinks links

    SquashRunLinks(SquashLinks links) { this.links = links }

    @Override
    Class<Run> type() { return Run }

    /** So that Jenkins does not ask here when it looks for actions of other kinds. */
    @Override
    Class<? extends Action> actionType() { return SquashAction }

    @Override
    Collection<? extends Action> createFor(Run run) { return links.link(run.getParent(), run.getNumber()) }
}

@CompileStatic
final class SquashJobLinks extends TransientActionFactory<Job> {
    private final SquashLinks links

    SquashJobLinks(SquashLinks links) { this.links = links }

    @Override
    Class<Job> type() { return Job }

    @Override
    Class<? extends Action> actionType() { return SquashAction }

    @Override
    Collection<? extends Action> createFor(Job job) { return links.link(job, null) }
}

/** Installs the hook. What an earlier run of this script installed has classes of the same names. */
final class SquashHook {
    private static final List<String> MINE = ['SquashRunListener', 'SquashRunLinks', 'SquashJobLinks']
    private final Jenkins jenkins = Jenkins.get()
    private final SquashLog log = new SquashLog()

    void install() {
        def settings = new SquashSettings(values())
        def old = [RunListener, TransientActionFactory].collectEntries { [it, mine(it)] }
        if (!settings.says('SQUASH_ENABLED') || !settings.dashboard) {
            old.each { type, hooks -> remove(type, hooks) }
            log.info('No QA dashboard is linked: SQUASH_SERVER_URL or SQUASH_DASHBOARD_URL has to be an ' +
                'http(s) address in squash.properties or the environment, and SQUASH_ENABLED not false.')
            return
        }
        def queue = settings.server ? new SquashQueue(new File(jenkins.rootDir, 'squash/queue'), settings, log) : null
        def links = new SquashLinks(settings, log)
        // The new ones first: a build that ends now is reported twice rather than never.
        jenkins.getExtensionList(RunListener).add(new SquashRunListener(settings, queue, log))
        jenkins.getExtensionList(TransientActionFactory).add(0, new SquashRunLinks(links))
        jenkins.getExtensionList(TransientActionFactory).add(0, new SquashJobLinks(links))
        old.each { type, hooks -> remove(type, hooks) }
        queue?.recover()
        log.info("Builds link to ${settings.dashboard}; ${settings.server ?: 'no server'} gets a webhook request for each.")
    }

    private List mine(Class type) {
        return jenkins.getExtensionList(type).findAll { it.class.name in MINE }
    }

    private void remove(Class type, List hooks) {
        hooks.each {
            jenkins.getExtensionList(type).remove(it)
            if (type == RunListener) { it.stop() }
        }
    }

    private Map<String, String> values() {
        Map<String, String> found = [:]
        def file = new File(jenkins.rootDir, 'squash.properties')
        if (file.file) {
            def properties = new Properties()
            file.withReader('UTF-8') { properties.load(it) }
            found.putAll(properties)
        }
        jenkins.globalNodeProperties.getAll(EnvironmentVariablesNodeProperty).each { found.putAll(it.envVars) }
        [System.getenv(), System.properties].each { source ->
            found.putAll(source.findAll { name, value -> name.toString().startsWith('SQUASH_') })
        }
        return found
    }
}

try {
    new SquashHook().install()
} catch (Throwable trouble) { // whatever goes wrong here, Jenkins starts
    Logger.getLogger('squash').log(Level.WARNING, 'Builds are not linked to the QA dashboard: ' + trouble, trouble)
}
return
