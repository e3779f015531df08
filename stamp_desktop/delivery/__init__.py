"""Delivery: carries a sitting out. The runner feeds the engine, journals what happened and tells the screens what to show."""
