"""What if: a stored statement under other assumptions."""
