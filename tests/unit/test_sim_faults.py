"""The fault plan: seeded, counted, logged."""

from omega_tui.sim.faults import Fault, FaultKind, FaultPlan


def fire(plan, kind, **about):
    return plan.fires(kind, at_ns=1, **about)


def test_nothing_fires_without_a_fault():
    plan = FaultPlan()
    assert not plan
    assert fire(plan, FaultKind.DROP) is None
    assert not plan.log


def test_a_fault_is_used_up_and_every_use_is_logged():
    plan = FaultPlan()
    plan.add(Fault(FaultKind.DROP, times=2))
    assert [fire(plan, FaultKind.DROP) is not None for _ in range(4)] == [True, True, False, False]
    assert [injection.kind for injection in plan.log] == [FaultKind.DROP, FaultKind.DROP]


def test_paths_and_assets_narrow_a_fault():
    plan = FaultPlan()
    plan.add(Fault(FaultKind.STATUS, path="POST /order*"))
    plan.add(Fault(FaultKind.DROP, asset="7"))
    assert fire(plan, FaultKind.STATUS, path="GET /order") is None
    assert fire(plan, FaultKind.STATUS, path="POST /orders") is not None
    assert fire(plan, FaultKind.DROP, assets=("8",)) is None
    assert fire(plan, FaultKind.DROP, assets=("7", "8")) is not None


def test_the_same_seed_fires_at_the_same_opportunities():
    def fired(seed):
        plan = FaultPlan(seed)
        plan.add(Fault(FaultKind.DROP, probability=0.3))
        return [fire(plan, FaultKind.DROP) is not None for _ in range(200)]

    assert fired(1) == fired(1) != fired(2)
    assert 30 < sum(fired(1)) < 90


def test_a_fault_can_be_taken_back():
    plan = FaultPlan()
    number = plan.add(Fault(FaultKind.MUTE))
    assert plan.standing(FaultKind.MUTE) is not None
    plan.remove(number)
    plan.remove(number)
    assert plan.standing(FaultKind.MUTE) is None
