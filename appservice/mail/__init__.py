"""Letters by e-mail: a tray of them (tray.py), and what hands them to a mail server (carrier.py)."""
