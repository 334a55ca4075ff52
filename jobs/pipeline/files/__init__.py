"""The files of a run: its folder, put in place whole; its tables; what a disk can do to them."""
