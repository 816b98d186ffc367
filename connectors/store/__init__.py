"""The store: what the topics say, as rows of SQL, exactly once; SQLite, or PostgreSQL."""
