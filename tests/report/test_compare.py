def test_a_question_stands_over_runs_that_share_it_and_absent_generators_take_one_row():
    shared = {"seed": "0", "generators.a.plugin": "arf", "generators.a.params.x": "1"}
    other = shared | {"generators.b.plugin": "ctgan", "generators.b.params.n_iter": "5"}
    found = _without_absent([shared, other])
    assert found[0] == shared
    assert found[1] == shared | {"generators.b.plugin": "ctgan"}
