// An SQS server in memory, for one machine's benchmark: the few operations that consumers use, over SQS's JSON protocol,
// without checking signatures. It serves more requests on a core than any consumer makes, adds a network's latency to
// each answer where asked, and counts the requests.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const longestPoll = 20 * time.Second

type server struct {
	mutex    sync.Mutex
	queues   map[string]*queue
	address  string
	latency  atomic.Int64 // nanoseconds
	requests atomic.Int64
}

// fault is an error as SQS's JSON protocol tells it.
type fault struct{ code, message string }

func (f fault) Error() string { return f.code + ": " + f.message }

func main() {
	port := flag.Int("port", 0, "the port to listen on, on this machine alone")
	flag.Parse()
	address := fmt.Sprintf("127.0.0.1:%d", *port)
	listener, err := net.Listen("tcp", address)
	if err != nil {
		log.Fatal(err)
	}
	served := &server{queues: map[string]*queue{}, address: address}
	log.Fatal(http.Serve(listener, served))
}

func (s *server) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	switch request.URL.Path {
	case "/bench/health":
		return
	case "/bench/requests":
		fmt.Fprint(writer, s.requests.Swap(0))
		return
	case "/bench/latency": // of every request from now on
		latency, err := time.ParseDuration(request.URL.Query().Get("of"))
		if err != nil {
			http.Error(writer, err.Error(), http.StatusBadRequest)
		}
		s.latency.Store(int64(latency))
		return
	}
	if request.Method == http.MethodGet { // of a bucket, before the first receive, for a key that is not there
		writer.WriteHeader(http.StatusNotFound)
		fmt.Fprint(writer, "<Error><Code>NoSuchKey</Code><Message>it is not there</Message></Error>")
		return
	}
	s.requests.Add(1)
	time.Sleep(time.Duration(s.latency.Load()))
	operation := strings.TrimPrefix(request.Header.Get("X-Amz-Target"), "AmazonSQS.")
	answer, err := s.answer(operation, json.NewDecoder(request.Body), request)
	writer.Header().Set("Content-Type", "application/x-amz-json-1.0")
	if err != nil {
		found, _ := err.(fault)
		writer.WriteHeader(http.StatusBadRequest)
		answer = map[string]string{"__type": "com.amazonaws.sqs#" + found.code, "message": err.Error()}
	}
	body, err := json.Marshal(answer)
	if err != nil {
		log.Fatal(err)
	}
	// In one piece: in two, the consumer would make two system calls more.
	writer.Header().Set("Content-Length", fmt.Sprint(len(body)))
	writer.Write(body)
}

func (s *server) answer(operation string, body *json.Decoder, request *http.Request) (any, error) {
	switch operation {
	case "CreateQueue":
		return s.create(body)
	case "GetQueueUrl":
		return s.url(body)
	case "DeleteQueue":
		return s.remove(body)
	}
	var call call
	if err := body.Decode(&call); err != nil {
		return nil, fault{"InvalidParameterValue", err.Error()}
	}
	found, err := s.queue(call.QueueUrl)
	if err != nil {
		return nil, err
	}
	switch operation {
	case "SendMessage":
		return found.send(call.entry), nil
	case "SendMessageBatch":
		return found.sendBatch(call.Entries), nil
	case "ReceiveMessage":
		return found.receive(request.Context(), call), nil
	case "DeleteMessage":
		return found.change("DeleteMessage", []entry{call.entry})
	case "DeleteMessageBatch", "ChangeMessageVisibilityBatch":
		return found.changeBatch(operation, call.Entries), nil
	case "ChangeMessageVisibility":
		return found.change(operation, []entry{call.entry})
	case "GetQueueAttributes":
		return found.attributes(), nil
	}
	return nil, fault{"UnsupportedOperation", operation}
}
