"""Categories: names, places, and what hangs together."""

from streammem.envs.apartment.categories import CATEGORIES


def test_each_is_kept_under_its_name_and_belongs_somewhere() -> None:
    for name, category in CATEGORIES.items():
        assert category.name == name and category.rooms
        assert set(category.rooms) <= {"living room", "kitchen", "bedroom", "bathroom", "hall", "study"}


def test_what_is_a_goal_stays_where_it_is() -> None:
    assert not any(category.goal and category.movable for category in CATEGORIES.values())
    assert sum(category.goal for category in CATEGORIES.values()) >= 20
    assert all(category.goal for category in CATEGORIES.values() if category.container)
