"""Who is at the screen: the session in this browser, and the forms for signing in and for a new password."""
