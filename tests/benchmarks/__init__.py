"""How fast it is, beside what else could be used: `make bench`. docs/performance.md says what is measured, and how."""
