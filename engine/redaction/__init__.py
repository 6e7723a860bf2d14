"""Taking out what is secret, before anything is written or shown. What is executed is never altered by it."""
