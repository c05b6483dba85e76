"""The VPC, subnets and cluster that services run in."""
