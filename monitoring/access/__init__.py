"""Who may see what, who signed in, and who did what when."""
