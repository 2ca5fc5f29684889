"""From a people file to people signed in: who is there yet, and the one-time codes that let people in.

people, accounts, tickets, letters --> reach.py (pure) --> the inviter's page, `person list`
desk.py   the inviter's side: letters, sheets, taking back
door.py   the newcomer's side: a code leads to a password, or to the organization's own sign-in
lookout.py  asks the homeserver now and then who has signed in, for everybody at once
"""
