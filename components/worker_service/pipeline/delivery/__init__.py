"""CodePipeline: the stages, the projects that deploy, and who is told."""
