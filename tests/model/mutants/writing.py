"""Faults of the write path: services, saves, bulk writes."""

from tests.model.mutants.mutant import Mutant

WRITING = [
    Mutant(
        fault="A write leaves the nonce as it was",
        path="revisions.py",
        old="""    counter.renew_nonce(draft.using)
    _model("Revision")""",
        new="""    _model("Revision")""",
    ),
    Mutant(
        fault="A no-op keeps the number that it took",
        path="revisions.py",
        old="""            counter.give_back(using)""",
        new="""            pass""",
    ),
    Mutant(
        fault="A dry run is committed",
        path="revisions.py",
        old="""            raise _DryRunOverError
""",
        new="""            pass
""",
    ),
    Mutant(
        fault="An outage is not refused",
        path="revisions.py",
        old="""if each.before is not None and each.after is None]""",
        new="""if False]""",
    ),
    Mutant(
        fault="A plugin type does not bear the number of the last change in its chain",
        path="revisions.py",
        old="""    _stamp_chains(draft)
""",
        new="",
    ),
    Mutant(
        fault="QuerySet.update() writes without a revision",
        path="models/recording.py",
        old="""        return self._recorded(lambda: super(RecordedQuerySet, self).update(**kwargs))""",
        new="""        return super().update(**kwargs)""",
    ),
    Mutant(
        fault="QuerySet.delete() writes without a revision",
        path="models/recording.py",
        old="""        return self._recorded(super().delete, deletes=True)""",
        new="""        return super().delete()""",
    ),
    Mutant(
        fault="A stale object takes the row's stamps back when it is saved",
        path="models/recording.py",
        old="""        self._stamp(rows.values(*self.stamped_fields).first() or dict.fromkeys(self.stamped_fields, 0))
""",
        new="",
    ),
    Mutant(
        fault="A revert writes over what has changed since",
        path="services/reverting.py",
        old="""    if conflicting:
""",
        new="""    if False:
""",
    ),
    Mutant(
        fault="A promotion does not look at archived rows",
        path="services/promotion.py",
        old="""        active = PluginItem.all_objects""",
        new="""        active = PluginItem.objects""",
    ),
]
