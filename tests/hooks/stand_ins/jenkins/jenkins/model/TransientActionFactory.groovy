package jenkins.model

import hudson.model.Action

abstract class TransientActionFactory<T> {
    abstract Class<T> type()

    Class<? extends Action> actionType() { return Action }

    abstract Collection<? extends Action> createFor(T target)
}
