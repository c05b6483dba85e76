"""The loop that everyone writes first: receive, handle, delete. BENCH_BATCH messages a request, 1 or 10.

Concurrency comes from threads: several loops, whose batches run in a pool where the handler takes time.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import boto3
import handled

BATCH = int(os.environ["BENCH_BATCH"])
sqs = boto3.client("sqs")


def loop(run_all) -> None:
    """Receive, handle and delete for ever."""
    while True:
        answer = sqs.receive_message(QueueUrl=handled.QUEUE_URL, MaxNumberOfMessages=BATCH, WaitTimeSeconds=20)
        messages = answer.get("Messages", [])
        run_all(messages)
        if BATCH == 1 and messages:
            sqs.delete_message(QueueUrl=handled.QUEUE_URL, ReceiptHandle=messages[0]["ReceiptHandle"])
        elif messages:
            entries = [{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in messages]
            sqs.delete_message_batch(QueueUrl=handled.QUEUE_URL, Entries=entries)


def handle_in_turn(messages: list[dict]) -> None:
    """Handle a batch one by one."""
    for message in messages:
        handled.handle(message["Body"])


def main() -> None:
    """Run as many loops as there are to be."""
    pool = ThreadPoolExecutor(handled.CONCURRENCY)

    def handle_together(messages: list[dict]) -> None:
        list(pool.map(lambda message: handled.handle(message["Body"]), messages))

    run_all = handle_together if handled.HANDLER_SECONDS else handle_in_turn
    for _ in range(handled.RECEIVERS - 1):
        threading.Thread(target=loop, args=(run_all,), daemon=True).start()
    return loop(run_all)


main()
