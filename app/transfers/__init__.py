"""Files in and out: applicants, schools, needs and funds as CSV and XLSX."""
