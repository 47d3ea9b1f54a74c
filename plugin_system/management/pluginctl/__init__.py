"""What ``manage.py pluginctl`` is made of: arguments, groups of actions, and how answers and errors are put."""
