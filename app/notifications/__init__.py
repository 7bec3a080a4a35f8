"""What the service tells people and programs: mails and webhooks, written with what they tell, delivered by the worker."""
