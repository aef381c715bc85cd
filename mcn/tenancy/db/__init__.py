"""Database engine that tells PostgreSQL the scope at every BEGIN."""
