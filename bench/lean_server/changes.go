package main

import (
	"strconv"
	"time"
)

const lookEvery = time.Second

// change deletes messages, or sets when they become visible again; it ends at the first that is not in flight.
func (q *queue) change(operation string, entries []entry) (any, error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	for _, one := range entries {
		if err := q.changeOne(operation, one); err != nil {
			return nil, err
		}
	}
	return struct{}{}, nil
}

func (q *queue) changeBatch(operation string, entries []entry) any {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	done, failed := []map[string]string{}, []map[string]any{}
	for _, one := range entries {
		if err := q.changeOne(operation, one); err != nil {
			found, _ := err.(fault)
			failed = append(failed, map[string]any{"Id": one.Id, "Code": found.code, "SenderFault": true})
		} else {
			done = append(done, map[string]string{"Id": one.Id})
		}
	}
	return map[string]any{"Successful": done, "Failed": failed}
}

func (q *queue) changeOne(operation string, one entry) error {
	found := q.inFlight[one.ReceiptHandle]
	if found == nil {
		return fault{"ReceiptHandleIsInvalid", "no message in flight has this handle"}
	}
	if operation == "DeleteMessage" || operation == "DeleteMessageBatch" {
		q.leave(found)
		return nil
	}
	if one.VisibilityTimeout == nil {
		return fault{"MissingParameter", "VisibilityTimeout"}
	}
	if *one.VisibilityTimeout > 0 {
		found.visibleAt = time.Now().Add(time.Duration(*one.VisibilityTimeout) * time.Second)
		return nil
	}
	q.comeBack(found)
	return nil
}

// leave ends a message's flight.
func (q *queue) leave(landed *message) {
	delete(q.inFlight, landed.handle)
	if of := q.groups[landed.group]; q.fifo && of != nil {
		of.inFlight--
		q.offer(of)
		q.changed.Signal()
	}
}

func (q *queue) comeBack(shown *message) {
	q.leave(shown)
	q.show(shown, true)
	q.changed.Signal()
}

func (q *queue) returnLapsed() {
	for now := range time.Tick(lookEvery) {
		q.mutex.Lock()
		for _, one := range q.inFlight {
			if now.After(one.visibleAt) {
				q.comeBack(one)
			}
		}
		q.mutex.Unlock()
	}
}

func (q *queue) attributes() any {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	visible := len(q.visible)
	for _, of := range q.groups {
		visible += len(of.visible)
	}
	return map[string]any{"Attributes": map[string]string{
		"ApproximateNumberOfMessages":           strconv.Itoa(visible),
		"ApproximateNumberOfMessagesNotVisible": strconv.Itoa(len(q.inFlight)),
		"VisibilityTimeout":                     strconv.Itoa(int(q.visibility.Seconds())),
	}}
}
