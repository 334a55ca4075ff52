"""What people do beyond looking: changes, uploads, downloads. Right and scope are checked here, at the moment of the act."""
