"""The pipeline that builds the image and deploys it."""
