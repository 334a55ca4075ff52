"""How good forecasts have been: the back-test, the alarms and their record, what insurers forecast themselves."""
