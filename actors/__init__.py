"""The actors: mailboxes around the rules of the domain, supervised."""
