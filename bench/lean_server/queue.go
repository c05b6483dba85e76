package main

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strconv"
	"sync"
	"time"
)

type message struct {
	id, body, md5, group, sentAt, receivedAt string
	receives                                 int
	handle                                   string // of the latest receive; empty while it is visible
	visibleAt                                time.Time
}

// queue holds messages in the order in which they were sent. Of a FIFO group, nothing is received while some of it is
// in flight.
type queue struct {
	mutex       sync.Mutex
	changed     *sync.Cond
	fifo        bool
	visibility  time.Duration
	sent        int
	visible     []*message          // standard: those that may be received
	inFlight    map[string]*message // by receipt handle
	groups      map[string]*group
	readyGroups []*group
}

// group is a FIFO queue's message group.
type group struct {
	visible  []*message
	inFlight int
	ready    bool // it is in readyGroups
}

func newQueue(fifo bool, visibilitySeconds int) *queue {
	made := &queue{fifo: fifo, visibility: time.Duration(visibilitySeconds) * time.Second,
		inFlight: map[string]*message{}, groups: map[string]*group{}}
	made.changed = sync.NewCond(&made.mutex)
	go made.returnLapsed()
	return made
}

func (q *queue) send(sent entry) map[string]string {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.sent++
	sum := md5.Sum([]byte(sent.MessageBody))
	new := &message{
		id:     fmt.Sprintf("00000000-0000-4000-8000-%012d", q.sent),
		body:   sent.MessageBody,
		md5:    hex.EncodeToString(sum[:]),
		group:  sent.MessageGroupId,
		sentAt: milliseconds(),
	}
	q.show(new, false)
	q.changed.Signal()
	return map[string]string{"Id": sent.Id, "MessageId": new.id, "MD5OfMessageBody": new.md5}
}

func (q *queue) sendBatch(entries []entry) any {
	done := []map[string]string{}
	for _, one := range entries {
		done = append(done, q.send(one))
	}
	return map[string]any{"Successful": done}
}

// show makes a message visible: as the last one, or, where it comes back, as the first of its group.
func (q *queue) show(shown *message, again bool) {
	shown.handle = ""
	if !q.fifo {
		q.visible = append(q.visible, shown)
		return
	}
	of := q.groups[shown.group]
	if of == nil {
		of = &group{}
		q.groups[shown.group] = of
	}
	if again {
		of.visible = append([]*message{shown}, of.visible...)
	} else {
		of.visible = append(of.visible, shown)
	}
	q.offer(of)
}

func (q *queue) offer(of *group) {
	if !of.ready && of.inFlight == 0 && len(of.visible) > 0 {
		of.ready = true
		q.readyGroups = append(q.readyGroups, of)
	}
}

func (q *queue) take(most int) []*message {
	if !q.fifo {
		count := min(most, len(q.visible))
		taken := q.visible[:count:count]
		q.visible = q.visible[count:]
		return taken
	}
	var taken []*message
	for len(taken) < most && len(q.readyGroups) > 0 {
		of := q.readyGroups[0]
		q.readyGroups = q.readyGroups[1:]
		of.ready = false
		count := min(most-len(taken), len(of.visible))
		taken = append(taken, of.visible[:count]...)
		of.visible = of.visible[count:]
		of.inFlight = count
	}
	return taken
}

// receive waits for the first message as a long poll does, and takes what is there.
func (q *queue) receive(caller context.Context, asked call) any {
	deadline := time.Now().Add(min(time.Duration(asked.WaitTimeSeconds)*time.Second, longestPoll))
	stop := context.AfterFunc(caller, q.wake)
	defer stop()
	q.mutex.Lock()
	defer q.mutex.Unlock()
	taken := q.take(max(1, asked.MaxNumberOfMessages))
	for len(taken) == 0 && caller.Err() == nil && time.Now().Before(deadline) {
		timer := time.AfterFunc(time.Until(deadline), q.wake)
		q.changed.Wait()
		timer.Stop()
		taken = q.take(max(1, asked.MaxNumberOfMessages))
	}
	visibility := q.visibility
	if asked.VisibilityTimeout != nil {
		visibility = time.Duration(*asked.VisibilityTimeout) * time.Second
	}
	received := []map[string]any{}
	for _, one := range taken {
		received = append(received, q.hide(one, visibility))
	}
	return map[string]any{"Messages": received}
}

func (q *queue) hide(hidden *message, visibility time.Duration) map[string]any {
	hidden.receives++
	if hidden.receives == 1 {
		hidden.receivedAt = milliseconds()
	}
	hidden.handle = hidden.id + "#" + strconv.Itoa(hidden.receives)
	hidden.visibleAt = time.Now().Add(visibility)
	q.inFlight[hidden.handle] = hidden
	attributes := map[string]string{
		"ApproximateReceiveCount":          strconv.Itoa(hidden.receives),
		"ApproximateFirstReceiveTimestamp": hidden.receivedAt,
		"SentTimestamp":                    hidden.sentAt,
	}
	if hidden.group != "" {
		attributes["MessageGroupId"] = hidden.group
	}
	return map[string]any{"MessageId": hidden.id, "ReceiptHandle": hidden.handle, "Body": hidden.body,
		"MD5OfBody": hidden.md5, "Attributes": attributes}
}

func (q *queue) wake() {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.changed.Broadcast()
}

func milliseconds() string { return strconv.FormatInt(time.Now().UnixMilli(), 10) }
