"""The installed app that owns every plugin type and item of the benchmark."""
