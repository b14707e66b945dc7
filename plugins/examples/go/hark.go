package main

// #include "entry.h"
import "C"

import (
	"errors"
	"fmt"
	"runtime/cgo"
	"unsafe"
)

// failure is an error that says which answer the host gets. Any other error is HARK_RETRY.
type failure struct {
	code C.hark_result
	text string
}

func (f failure) Error() string { return f.text }

// errSkip is not a failure: the event was not for us, acknowledged, counted apart.
var errSkip = failure{C.HARK_SKIP, ""}

// fence runs what an entry point does. A panic must not leave Go: it would end the process. A nil dereference is a panic
// too, as long as Go's handler of SIGSEGV is in place; a fault in C code, a full stack, a map written at once by two
// goroutines, and a panic in a goroutine of your own are not to be recovered from here.
func fence(err *C.hark_error, otherwise C.hark_result, f func() error) (answer C.hark_result) {
	defer func() {
		if what := recover(); what != nil {
			answer = otherwise
			say(err, fmt.Sprintf("panic: %v", what))
		}
	}()
	failed := f()
	if failed == nil {
		return C.HARK_OK
	}
	answer = otherwise
	var known failure
	if errors.As(failed, &known) {
		answer = known.code
	}
	say(err, failed.Error())
	return answer
}

func say(err *C.hark_error, text string) {
	if err == nil {
		return
	}
	room := unsafe.Slice((*byte)(unsafe.Pointer(&err.msg[0])), len(err.msg))
	err.len = C.uint32_t(copy(room, text))
}

// Copies: a text of the host ends with its call.
func textOf(s C.hark_str) string { return string(bytesOf(s)) }

func bytesOf(s C.hark_str) []byte {
	if s.n == 0 {
		return nil
	}
	return C.GoBytes(unsafe.Pointer(s.p), C.int(s.n))
}

// cHost is the table of one instance: valid until tallyDestroy returns.
type cHost struct{ table *C.hark_host }

func (h cHost) publish(ticket uint64, eventType string, data []byte) error {
	// Memory of Go may be passed for the length of a call, but not structs with pointers to it: entry.c makes those.
	kind := []byte(eventType)
	r := C.tally_publish(h.table, C.uint64_t(ticket), pointer(kind), C.size_t(len(kind)), pointer(data), C.size_t(len(data)))
	switch r { // not every code that publish() gives is an answer of handle()
	case C.HARK_OK:
		return nil
	case C.HARK_AGAIN, C.HARK_CLOSING:
		return failure{C.HARK_AGAIN, "publish: no room now"}
	case C.HARK_NOMEM:
		return failure{C.HARK_RETRY, "publish: out of memory"}
	}
	return failure{C.HARK_REJECT, fmt.Sprintf("publish: code %d", r)}
}

func (h cHost) log(ticket uint64, text, key, value string) {
	t, k, v := []byte(text), []byte(key), []byte(value)
	C.tally_log(h.table, C.uint64_t(ticket), pointer(t), C.size_t(len(t)), pointer(k), C.size_t(len(k)), pointer(v),
		C.size_t(len(v)))
}

func pointer(b []byte) *C.char {
	if len(b) == 0 {
		return nil
	}
	return (*C.char)(unsafe.Pointer(&b[0]))
}

// What entry.c calls. The host holds a handle, not a pointer: C must not keep memory of Go.

//export tallyCreate
func tallyCreate(table *C.hark_host, info *C.hark_create_info, out *C.uintptr_t, err *C.hark_error) C.hark_result {
	return fence(err, C.HARK_INVALID, func() error {
		t, failed := newTally(cHost{table}, bytesOf(info.options))
		if failed != nil {
			return failed
		}
		*out = C.uintptr_t(cgo.NewHandle(t))
		return nil
	})
}

//export tallyHandle
func tallyHandle(instance C.uintptr_t, d *C.hark_delivery, err *C.hark_error) C.hark_result {
	// RETRY, as a panic may have come of something that passes; after `retry.attempts` it is a dead letter.
	return fence(err, C.HARK_RETRY, func() error {
		return cgo.Handle(instance).Value().(*tally).handle(uint64(d.ticket), textOf(d.event._type))
	})
}

//export tallyDestroy
func tallyDestroy(instance C.uintptr_t) {
	fence(nil, C.HARK_OK, func() error {
		cgo.Handle(instance).Delete()
		return nil
	})
}

// A c-shared library has a main, which nobody calls.
func main() {}
