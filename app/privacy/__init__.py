"""The duties of UU 27/2022 on personal data: access, correction, erasure, retention, and what to do after a breach."""
