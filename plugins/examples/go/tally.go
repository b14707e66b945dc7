// tally, in Go with the standard library and nothing else: counts the events that it hears by their type, and publishes a
// `tally` of them after every so many. The same plugin as ../c and ../rust. What a plugin does is in this file, which knows
// nothing of C; hark.go and entry.c lie between it and the host. To make yours of it, copy all three; change this one, and
// id and schema in entry.c.
package main

import (
	"encoding/json"
	"fmt"
)

// What a stranger may publish must not decide how much memory we take.
const maxTypes = 64

// host is what a plugin may ask for; see hark.go.
type host interface {
	// publish copies and never blocks. What it returns may be returned by handle as it is.
	publish(ticket uint64, eventType string, data []byte) error
	log(ticket uint64, text, key, value string)
}

// tally is one [subscribers.NAME].
type tally struct {
	host   host
	every  uint64
	failOn string

	total  uint64
	others uint64 // of further types than maxTypes
	counts map[string]uint64
}

// newTally reads options, which the host has checked by the schema.
func newTally(h host, options []byte) (*tally, error) {
	read := struct {
		Every  uint64 `json:"every"`
		FailOn string `json:"fail_on"`
	}{Every: 10}
	if len(options) > 0 {
		if err := json.Unmarshal(options, &read); err != nil {
			return nil, fmt.Errorf("options: %w", err)
		}
	}
	if read.Every == 0 {
		return nil, fmt.Errorf("option every: at least 1")
	}
	return &tally{host: h, every: read.Every, failOn: read.FailOn, counts: map[string]uint64{}}, nil
}

// handle is called for one event at a time, as entry.c says HARK_THREADS_SERIAL: no lock is needed.
func (t *tally) handle(ticket uint64, eventType string) error {
	if eventType == "tally" {
		return errSkip // our own, or another tally's: it would go on for ever
	}
	if t.failOn != "" && eventType == t.failOn {
		var nothing *tally
		nothing.total++ // the bug of this example: the fence makes a failed attempt of it
	}
	t.count(eventType, 1)
	if t.total%t.every != 0 {
		return nil
	}
	if err := t.publish(ticket); err != nil {
		t.count(eventType, ^uint64(0)) // it comes again, or becomes a dead letter: not counted before it is done
		return err
	}
	return nil
}

func (t *tally) count(eventType string, n uint64) {
	t.total += n
	if _, known := t.counts[eventType]; known || len(t.counts) < maxTypes {
		t.counts[eventType] += n
	} else {
		t.others += n
	}
}

func (t *tally) publish(ticket uint64) error {
	data, err := json.Marshal(struct {
		Total  uint64            `json:"total"`
		Types  map[string]uint64 `json:"types"`
		Others uint64            `json:"others"`
	}{t.total, t.counts, t.others})
	if err != nil {
		return err
	}
	if err := t.host.publish(ticket, "tally", data); err != nil {
		return err
	}
	t.host.log(ticket, "tally published", "tally", string(data))
	return nil
}
