"""Runs that were trained elsewhere: their records, the ledger's store, and their study."""
