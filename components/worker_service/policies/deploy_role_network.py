"""What the role in a target's account may do to the network that it deploys into."""

from worker_service.policies.deploy_role import Account, allow_actions, pass_roles
from worker_service.policies.statements import Document, policy_document

_VPC_PARTS = (
    "elastic-ip",
    "internet-gateway",
    "natgateway",
    "route-table",
    "security-group",
    "security-group-rule",
    "subnet",
    "vpc",
    "vpc-endpoint",
    "vpc-flow-log",
)


def network_policy(*, account: Account) -> Document:
    """What `pulumi up` does to the network, update and destroy included. A policy of its own: a role's inline ones have
    10,240 characters together. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    manage = (
        "CreateVpc DeleteVpc ModifyVpcAttribute CreateSubnet DeleteSubnet ModifySubnetAttribute CreateInternetGateway"
        " DeleteInternetGateway AttachInternetGateway DetachInternetGateway CreateNatGateway DeleteNatGateway"
        " AllocateAddress ReleaseAddress DisassociateAddress CreateRouteTable DeleteRouteTable AssociateRouteTable"
        " DisassociateRouteTable CreateRoute DeleteRoute CreateSecurityGroup DeleteSecurityGroup"
        " AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress RevokeSecurityGroupEgress"
        " RevokeSecurityGroupIngress CreateTags DeleteTags"
        " CreateVpcEndpoint ModifyVpcEndpoint DeleteVpcEndpoints CreateFlowLogs DeleteFlowLogs"
    )
    look = (
        "DescribeAccountAttributes DescribeAddresses DescribeAddressesAttribute DescribeAvailabilityZones"
        " DescribeInternetGateways DescribeNatGateways DescribeNetworkAcls DescribeNetworkInterfaces"
        " DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups DescribeSubnets"
        " DescribeVpcAttribute DescribeVpcs DescribeVpcEndpoints DescribeVpcEndpointServices DescribePrefixLists"
        " DescribeFlowLogs"
    )
    namespace = (
        "CreatePrivateDnsNamespace DeleteNamespace GetNamespace GetOperation ListTagsForResource TagResource"
        " UntagResource"
    )
    return policy_document(
        # A network's parts are named by ids; the list of kinds leaves out instances, volumes and everything else.
        allow_actions("ManageNetwork", "ec2", manage, [account.arn("ec2", f"{kind}/*") for kind in _VPC_PARTS]),
        # Describing knows no resource.
        allow_actions("LookAtNetwork", "ec2", look, "*", StringEquals={"aws:RequestedRegion": account.region}),
        # Endpoints have services' own names through a hosted zone of AWS's, whose id it alone knows.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
        allow_actions(
            "NameEndpoints",
            "route53",
            "AssociateVPCWithHostedZone",
            [account.arn("ec2", "vpc/*"), f"arn:{account.partition}:route53:::hostedzone/*"],
        ),
        pass_roles(account, "vpc-flow-logs"),
        # A namespace and an operation are named by ids.
        allow_actions("Namespaces", "servicediscovery", namespace, account.arn("servicediscovery", "*/*")),
        # Cloud Map makes the hosted zone as whoever asks for the namespace; creating and finding know no resource.
        # https://docs.aws.amazon.com/cloud-map/latest/dg/security_iam_id-based-policy-examples.html
        allow_actions(
            "HostedZones",
            "route53",
            "CreateHostedZone DeleteHostedZone GetHostedZone ListHostedZonesByName",
            "*",
            **{"ForAnyValue:StringEquals": {"aws:CalledVia": ["servicediscovery.amazonaws.com"]}},
        ),
    )
