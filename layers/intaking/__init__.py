"""What a planner declares about one file, what that makes of it, and how a project takes it up."""
