import django.db.models.manager
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("plugin_system", "0002_change_feed"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="pluginitem",
            options={
                "base_manager_name": "all_objects",
                "default_permissions": ("view", "change"),
                "verbose_name": "plugin item",
                "verbose_name_plural": "plugin items",
            },
        ),
        migrations.AlterModelOptions(
            name="plugintype",
            options={
                "base_manager_name": "all_objects",
                "default_permissions": ("view", "change"),
                "permissions": [
                    ("sync_plugins", "Can sync plugins from code"),
                    ("prune_plugins", "Can archive plugins whose code is gone"),
                ],
                "verbose_name": "plugin type",
                "verbose_name_plural": "plugin types",
            },
        ),
        migrations.AlterModelManagers(
            name="pluginitem",
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("all_objects", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AlterModelManagers(
            name="plugintype",
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("all_objects", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AlterField(
            model_name="revision",
            name="actor_id",
            field=models.CharField(blank=True, max_length=254, verbose_name="actor id"),
        ),
    ]
