"""The converter: from what AWS Copilot and AWS Proton were told to a Pulumi project of worker services."""
