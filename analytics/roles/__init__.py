"""What products are for customers (S20), measured in a purchase log: design section 8."""
