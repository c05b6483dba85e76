"""CodeBuild, as far as the box has it."""
