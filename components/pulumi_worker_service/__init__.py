"""Tells Pulumi that this distribution brings no provider plugin, which it would otherwise try to download.

Its Python host takes every distribution named pulumi-* for a provider's, unless pulumi-plugin.json in the module of the
same name says otherwise. The components are in `worker_service`.
https://github.com/pulumi/pulumi/pull/15576
"""
