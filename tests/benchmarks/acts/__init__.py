"""What the subjects' processes do when they are called: ours, the limit and the peers, side by side by theme."""
