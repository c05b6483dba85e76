// bbc/sqs-consumer in batches of ten.
import { openSync, writeSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Consumer } from "sqs-consumer";

const ledger = openSync(process.env.BENCH_LEDGER, "a");
const handlerMilliseconds = 1000 * Number(process.env.BENCH_HANDLER_SECONDS);

async function handle(message) {
  const document = JSON.parse(message.Body);
  if (handlerMilliseconds) await sleep(handlerMilliseconds);
  writeSync(ledger, `${document.number}\n`);
}

for (let started = 0; started < Number(process.env.BENCH_RECEIVERS); started += 1) {
  const consumer = Consumer.create({
    queueUrl: process.env.BENCH_QUEUE_URL,
    batchSize: 10,
    handleMessageBatch: async (messages) => {
      await Promise.all(messages.map(handle));
      return messages;
    },
  });
  consumer.on("error", (error) => console.error(error));
  consumer.start();
}
