"""The rows of the benchmark by theme: who takes part, in which processes, and what must be reached."""
