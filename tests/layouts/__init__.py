"""Public file layouts, each with its right reading or its refusal."""
