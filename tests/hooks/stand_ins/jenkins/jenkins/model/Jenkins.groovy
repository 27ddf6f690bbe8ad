package jenkins.model

import hudson.slaves.EnvironmentVariablesNodeProperty
import java.util.concurrent.CopyOnWriteArrayList

/** The part of a controller that the init script touches; each test makes its own. */
class Jenkins {
    private static Jenkins running
    final File rootDir
    final PluginManager pluginManager = new PluginManager()
    final NodeProperties globalNodeProperties = new NodeProperties()
    private final Map<Class, List> extensions = [:]

    Jenkins(File rootDir) {
        this.rootDir = rootDir
        running = this
    }

    static Jenkins get() { return running }

    List getExtensionList(Class type) {
        if (!extensions.containsKey(type)) { extensions[type] = new CopyOnWriteArrayList() }
        return extensions[type]
    }

    static class PluginManager {
        ClassLoader uberClassLoader = Jenkins.classLoader
    }

    static class NodeProperties {
        final EnvironmentVariablesNodeProperty variables = new EnvironmentVariablesNodeProperty()

        List getAll(Class type) { return type == EnvironmentVariablesNodeProperty ? [variables] : [] }
    }
}
