"""Looking at nodes: what every subject needs."""
