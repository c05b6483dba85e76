// A consumer on aws-sdk-go-v2: receivers, a goroutine for each handler, deleters of batches, of which there are as many
// as receivers.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	batch  = 10
	linger = 20 * time.Millisecond
)

var queueURL = aws.String(os.Getenv("BENCH_QUEUE_URL"))

func receive(client *sqs.Client, received chan<- types.Message) {
	for {
		answer, err := client.ReceiveMessage(context.Background(), &sqs.ReceiveMessageInput{
			QueueUrl: queueURL, MaxNumberOfMessages: batch, WaitTimeSeconds: 20,
		})
		if err != nil {
			log.Fatal(err)
		}
		for _, message := range answer.Messages {
			received <- message
		}
	}
}

func handle(received <-chan types.Message, handled chan<- *string, ledger *os.File, takes time.Duration) {
	for message := range received {
		var document struct{ Number, Text string }
		if err := json.Unmarshal([]byte(*message.Body), &document); err != nil {
			log.Fatal(err)
		}
		time.Sleep(takes)
		if _, err := ledger.WriteString(document.Number + "\n"); err != nil {
			log.Fatal(err)
		}
		handled <- message.ReceiptHandle
	}
}

// nextBatch waits for a first receipt handle, and a short while for up to nine more.
func nextBatch(handled <-chan *string) []types.DeleteMessageBatchRequestEntry {
	entry := func(handle *string, id int) types.DeleteMessageBatchRequestEntry {
		return types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(id)), ReceiptHandle: handle}
	}
	entries := []types.DeleteMessageBatchRequestEntry{entry(<-handled, 0)}
	timer := time.NewTimer(linger)
	defer timer.Stop()
	for len(entries) < batch {
		select {
		case handle := <-handled:
			entries = append(entries, entry(handle, len(entries)))
		case <-timer.C:
			return entries
		}
	}
	return entries
}

func remove(client *sqs.Client, handled <-chan *string) {
	for {
		_, err := client.DeleteMessageBatch(context.Background(), &sqs.DeleteMessageBatchInput{
			QueueUrl: queueURL, Entries: nextBatch(handled),
		})
		if err != nil {
			log.Fatal(err)
		}
	}
}

func main() {
	settings, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	ledger, err := os.OpenFile(os.Getenv("BENCH_LEDGER"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		log.Fatal(err)
	}
	concurrency, _ := strconv.Atoi(os.Getenv("BENCH_CONCURRENCY"))
	receivers, _ := strconv.Atoi(os.Getenv("BENCH_RECEIVERS"))
	seconds, _ := strconv.ParseFloat(os.Getenv("BENCH_HANDLER_SECONDS"), 64)
	client := sqs.NewFromConfig(settings)
	received, handled := make(chan types.Message), make(chan *string, concurrency)
	for range receivers {
		go receive(client, received)
	}
	for range concurrency {
		go handle(received, handled, ledger, time.Duration(seconds*float64(time.Second)))
	}
	for range receivers {
		go remove(client, handled)
	}
	select {}
}
