"""What every slice stands on: the database, time, ids, errors, paging, languages. No word of the domain is in it."""
