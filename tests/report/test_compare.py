from synthcraft.report.compare import _without_absent


def test_a_generator_that_a_run_lacks_takes_one_row():
    shared = {"seed": "0", "generators.a.plugin": "arf", "generators.a.params.x": "1"}
    other = shared | {"generators.b.plugin": "ctgan", "generators.b.params.n_iter": "5"}
    found = _without_absent([shared, other])
    assert found[0] == shared
    assert found[1] == shared | {"generators.b.plugin": "ctgan"}
