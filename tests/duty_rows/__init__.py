"""What each duty of the worker goes through, one row of it spoilt: two things, of which one can be done."""
