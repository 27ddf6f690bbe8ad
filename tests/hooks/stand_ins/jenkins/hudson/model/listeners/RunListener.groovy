package hudson.model.listeners

import hudson.model.Run
import hudson.model.TaskListener

/** As in Jenkins: abstract, told the type that it is for by its constructor. */
abstract class RunListener<R extends Run> {
    final Class<R> targetType

    protected RunListener(Class<R> targetType) { this.targetType = targetType }

    void onStarted(R run, TaskListener listener) { }
    void onCompleted(R run, TaskListener listener) { }
    void onFinalized(R run) { }
    void onDeleted(R run) { }
}
