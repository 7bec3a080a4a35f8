"""The independent check of a solution: written from the format alone, on the JSON documents as they stand.

Nothing here is shared with what computes solutions (formulation, engines, rules, eligibility, index, made), so that one mistake cannot
hide in both. The face is `optimizer.verify`.
"""
