"""Why a round is impossible, and what would make it possible: conflicts proven in integers, repairs proven by a solution."""
