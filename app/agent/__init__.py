"""The agent's face: tools that read, and one that proposes. What an agent may is decided where all rights are."""
