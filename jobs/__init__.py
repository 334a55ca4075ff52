"""What happens when: the command line, the pipeline, the scheduler process, delivery of alerts, the demo industry."""
