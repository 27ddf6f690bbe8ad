package org.jenkinsci.plugins.workflow.steps

class FlowInterruptedException extends InterruptedException {
}
