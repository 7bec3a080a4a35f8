"""A problem as rows and columns: engine-neutral, and every row carries the tag of the policy, fund or agreement it comes from."""
