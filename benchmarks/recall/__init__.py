"""How sure a score is: the curves of the recall head, fitted on real clips."""
