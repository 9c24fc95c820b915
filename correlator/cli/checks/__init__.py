"""What `correlator doctor` looks at: one file a subject. A check says what it saw, and what to do where that is not well."""
