"""CodeBuild projects and what they run."""
