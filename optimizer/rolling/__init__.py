"""Rolling intake: people come in batches, and each batch is placed at once with the future in mind."""
