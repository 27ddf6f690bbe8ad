package hudson.model

interface ModelObject {
    String getDisplayName()
}
