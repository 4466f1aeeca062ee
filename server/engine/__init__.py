"""Queries answered: in this process, or in processes that can be killed."""
