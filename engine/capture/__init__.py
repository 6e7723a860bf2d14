"""What was read of a site, kept in a file: recorded, redacted, written, read again, and answered from."""
