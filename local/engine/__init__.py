"""The real Pulumi engine over the box: provider plugins that make, read, change and delete things in the emulator.

The Pulumi CLI attaches to them (PULUMI_DEBUG_PROVIDERS) in place of the plugins that it would download for AWS.
"""
