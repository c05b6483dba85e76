"""SQS as it is: moto's, with a message store, receipt handles and a redrive of its own."""
