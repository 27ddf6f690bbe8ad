"""What the live server keeps beside builds: accounts, audit log, queue of builds, notifications."""
