"""The ground floor: the only code that speaks Matrix, and the durable in and out trays."""
