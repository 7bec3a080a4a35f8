"""The page that each role sees first."""
