"""What `tickeng.engine` and `tickeng.parallel` are made of, beside the core."""
