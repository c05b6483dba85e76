"""The one account of the box, and the keys of its root."""

ACCOUNT_ID = "123456789012"
ADMIN_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIABOXADMIN00000000",
    "AWS_SECRET_ACCESS_KEY": "the-box-has-no-secrets",
}
