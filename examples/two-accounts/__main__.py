"""Two accounts: a pipeline of the tools account deploys to staging and, once it is approved, to production.

The roles that it deploys with are made in these accounts by providers that act there.
"""

import pulumi
import pulumi_aws as aws

from worker_service import DeployRole, PipelineComponent, PipelineSource, PipelineTarget

config = pulumi.Config()
TOOLS = config.require("tools_account_id")
REGION = pulumi.Config("aws").require("region")


def target(stack: str, *, approval: bool) -> PipelineTarget:
    """A stack of the program, in an account of its own."""
    return {
        "stack": f"{config.require('organization')}/shop/{stack}",
        "account_id": config.require(f"{stack}_account_id"),
        "region": REGION,
        "deploy_role": "shop-deploy",
        "approval": approval,
    }


targets = {"staging": target("staging", approval=False), "production": target("production", approval=True)}

pipeline = PipelineComponent(
    "shop",
    {
        "source": PipelineSource.CONNECTION,
        "connection_arn": config.require("connection_arn"),
        "repository_id": config.require("repository_id"),
        "service_dir": "service",
        "unit_test_command": "python3 -m compileall -q .",
        # Both accounts pull the image that is built once.
        "environment_account_ids": [target["account_id"] for target in targets.values()],
        "targets": list(targets.values()),
        "state_backend_url": "https://api.pulumi.com",
        "access_token_secret_arn": config.require("access_token_secret_arn"),
    },
)

for name, its_target in targets.items():
    # Acts in the target's account, by the role that AWS Organizations makes in each.
    role = f"arn:aws:iam::{its_target['account_id']}:role/OrganizationAccountAccessRole"
    there = aws.Provider(name, region=REGION, assume_roles=[{"role_arn": role}])
    DeployRole(
        f"{name}-deploy",
        {
            "pipeline_account_id": TOOLS,
            "pipeline_region": REGION,
            "pipeline_name": "shop",
            "target": its_target,
        },
        pulumi.ResourceOptions(provider=there),
    )

pulumi.export("pipeline_arn", pipeline.pipeline_arn)
