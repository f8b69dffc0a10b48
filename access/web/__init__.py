"""The door as browsers and programs meet it: the gate before every route, and the plain pages of people, keys and the audit trail."""
