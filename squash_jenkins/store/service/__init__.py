"""What is stored besides builds: accounts, audit log, queue of builds, sent notifications."""
