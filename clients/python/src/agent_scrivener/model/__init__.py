"""The vocabulary: attempts, results, failures, and what worker and coordinator say to each other."""
