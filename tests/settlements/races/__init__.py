"""Two people do the same thing at once: one does it, the other one is told, and the books balance."""
