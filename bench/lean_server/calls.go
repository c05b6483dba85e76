package main

import (
	"encoding/json"
	"strconv"
	"strings"
)

// entry is one message of a call, or of a batch's entries.
type entry struct {
	Id                string
	MessageBody       string
	MessageGroupId    string
	ReceiptHandle     string
	VisibilityTimeout *int
}

// call is what any operation on a queue asks.
type call struct {
	entry
	QueueUrl            string
	Entries             []entry
	MaxNumberOfMessages int
	WaitTimeSeconds     int
}

type creation struct {
	QueueName  string
	QueueUrl   string
	Attributes map[string]string
}

func (s *server) create(body *json.Decoder) (any, error) {
	var asked creation
	if err := body.Decode(&asked); err != nil {
		return nil, fault{"InvalidParameterValue", err.Error()}
	}
	seconds, err := strconv.Atoi(asked.Attributes["VisibilityTimeout"])
	if err != nil {
		seconds = 30
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.queues[asked.QueueName] == nil {
		s.queues[asked.QueueName] = newQueue(strings.HasSuffix(asked.QueueName, ".fifo"), seconds)
	}
	return s.urlOf(asked.QueueName), nil
}

func (s *server) url(body *json.Decoder) (any, error) {
	var asked creation
	if err := body.Decode(&asked); err != nil {
		return nil, fault{"InvalidParameterValue", err.Error()}
	}
	if _, err := s.queue(asked.QueueName); err != nil {
		return nil, err
	}
	return s.urlOf(asked.QueueName), nil
}

func (s *server) remove(body *json.Decoder) (any, error) {
	var asked creation
	if err := body.Decode(&asked); err != nil {
		return nil, fault{"InvalidParameterValue", err.Error()}
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	delete(s.queues, nameOf(asked.QueueUrl))
	return struct{}{}, nil
}

func (s *server) urlOf(name string) map[string]string {
	return map[string]string{"QueueUrl": "http://" + s.address + "/000000000000/" + name}
}

// queue finds a queue by its URL or name.
func (s *server) queue(url string) (*queue, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if found := s.queues[nameOf(url)]; found != nil {
		return found, nil
	}
	return nil, fault{"QueueDoesNotExist", "the specified queue does not exist"}
}

func nameOf(url string) string { return url[strings.LastIndexByte(url, '/')+1:] }
