"""EventBridge as it is: moto's, with deliveries that need permission."""
