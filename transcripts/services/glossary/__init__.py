"""The glossary of projects: its entries, and what is learned for it."""
