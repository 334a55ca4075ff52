"""The industry scan: where companies stand among each other, who is silent, and what falls with a common counterparty."""
