package hudson.model

interface Action extends ModelObject {
    String getIconFileName()
    String getDisplayName()
    String getUrlName()
}
