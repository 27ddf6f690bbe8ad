package com.cloudbees.plugins.credentials

import com.cloudbees.plugins.credentials.common.StandardCredentials

/** Holds a secret text and a pair of user and password, and gives them to the system only. */
class CredentialsProvider {
    static String secret = ''

    static List lookupCredentials(Class type, Object group, Object who, List requirements) {
        assert type == StandardCredentials && group != null && who == 'SYSTEM' && requirements.empty
        return [new SecretText(), new Pair()]
    }

    static class Secret {
        String getPlainText() { return secret }
    }

    static class SecretText implements StandardCredentials {
        String getId() { return 'secret-text' }
        Secret getSecret() { return new Secret() }
    }

    static class Pair implements StandardCredentials {
        String getId() { return 'pair' }
        Secret getPassword() { return new Secret() }
    }
}
