"""The reviewer’s proposal of a decision on each service: outcome, grounds, conditions."""
