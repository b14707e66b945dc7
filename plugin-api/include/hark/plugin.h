/* SPDX-License-Identifier: Apache-2.0 */
/* clang-format off */
/* hark/plugin.h - Hark plugin ABI, major 1.  C99, no includes but the language's own, no link-time imports from the host.
 * RULES
 *  R1 Growable structs start with `uint32_t size` (= sizeof as the WRITER compiled it), travel only by pointer,
 *     are never embedded or put in arrays by value, gain fields only at the end, and have no implicit padding
 *     (built with -Wpadded -Werror); pad_ is zero. Read a field newer than 1.0 only behind HARK_HAS().
 *     Structs marked FROZEN never change in major 1; only those may stand in arrays by value.
 *  R2 Each side frees only what it allocated. Views (hark_str/hark_bytes) are borrowed for the call they are
 *     passed to; the callee copies. Only hark_event may outlive its call, by retain(). Strings: UTF-8, length-counted.
 *  R3 Nothing unwinds, longjmps or exits across this boundary: return a code. (The host still fences: see docs.)
 *  R4 Thread tags. [control] one call at a time per instance, never beside a [dispatch] call of the same instance.
 *     [dispatch] per the declared HARK_THREADS_* model. [any] any thread, concurrently, also inside callbacks.
 *     A plugin's own threads call only [any] functions, and none after stop() returned.
 *  R5 Things the host may end on its own (deliveries, timers) are named by 64-bit ids never reused within a
 *     process: a late or double use returns HARK_STALE, it never touches freed memory.
 *  R6 Fixed-width ints, no enums / bitfields / bool / long / va_list / FILE* in any signature. */
#ifndef HARK_H
#define HARK_H
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
#define HARK_ABI_MAJOR 1u
#ifndef HARK_ABI_MINOR               /* compile with -DHARK_ABI_MINOR=0 to be held to the 1.0 subset */
#define HARK_ABI_MINOR 0u
#endif
#if defined(_WIN32)
#define HARK_CALL __cdecl
#define HARK_EXPORT __declspec(dllexport)
#else
#define HARK_CALL
#define HARK_EXPORT __attribute__((visibility("default")))
#endif
/* true when the other side's struct is long enough to hold field f */
#ifdef __cplusplus
#define HARK_HAS(ptr, type, f) ((ptr)->size >= offsetof(type, f) + sizeof(type::f))
#else
#define HARK_HAS(ptr, type, f) ((ptr)->size >= offsetof(type, f) + sizeof(((type *)0)->f))
#endif

/* ---- result codes. Unknown > 0 is read as HARK_OK, unknown < 0 as HARK_REJECT (both are logged). ---------- */
typedef int32_t hark_result;
#define HARK_OK          0   /* done: acknowledge */
#define HARK_PENDING     1   /* kept: complete() follows */
#define HARK_SKIP        2   /* not for me: acknowledged, counted apart */
#define HARK_UNSET       3   /* only as the preset of batch result slots */
#define HARK_RETRY      -1   /* transient: redeliver with back-off, up to retry.attempts deliveries in all, then dead-letter */
#define HARK_REJECT     -2   /* permanent for this event: dead-letter now */
#define HARK_FATAL      -3   /* this instance is broken: stop, restart under the supervisor's intensity */
#define HARK_AGAIN      -4   /* no room now (queue, credit or memory budget); nothing was taken */
#define HARK_STALE      -5   /* ticket / timer unknown: already completed, timed out or cancelled */
#define HARK_DENIED     -6   /* capability or event type not granted */
#define HARK_INVALID    -7
#define HARK_NOSUPPORT  -8
#define HARK_NOMEM      -9
#define HARK_TOO_BIG   -10
#define HARK_CLOSING   -11   /* stop() has begun */

/* ---- FROZEN value types ------------------------------------------------------------------------------- */
typedef struct hark_str   { const char *p; size_t n; } hark_str;    /* p may be NULL when n == 0; no NUL promised */
typedef struct hark_bytes { const void *p; size_t n; } hark_bytes;
typedef struct hark_kv    { hark_str k, v; } hark_kv;                    /* log fields, metric labels */
typedef struct hark_attr   { hark_str k, v; uint32_t kind, pad_; } hark_attr; /* CloudEvents attribute, v in canonical text */
#define HARK_ATTR_STRING 0u
#define HARK_ATTR_INTEGER 1u
#define HARK_ATTR_BOOLEAN 2u
#define HARK_ATTR_BINARY 3u
#define HARK_ATTR_URI 4u
#define HARK_ATTR_TIMESTAMP 5u
#define HARK_ATTR_URI_REF 6u
#define HARK_TIME_ABSENT INT64_MIN
typedef struct hark_error { uint32_t len; char msg[508]; } hark_error; /* caller's memory; callee fills, truncates */

/* ---- the event: immutable, made once, shared by all its subscribers ------------------------------------- */
typedef struct hark_event {
    uint32_t  size, flags;
    uint64_t  seq;                  /* position in the journal; 0 without one (a global counter would cost every publisher) */
    int64_t   time_ns;              /* CloudEvents time as Unix ns, HARK_TIME_ABSENT; its text as given: time_text */
    int64_t   recv_ns;              /* when the host took it in, Unix ns */
    uint8_t   uid[16];              /* UUIDv7 given by the host: names this event in logs, `hark trace`, dead letters */
    uint8_t   cause[16], root[16];  /* uid of the event whose handling published this one; of the first of the chain */
    uint8_t   trace_id[16], span_id[8]; /* W3C trace context, binary; all zero = none */
    uint16_t  trace_flags, hops;    /* hops: length of the chain of causes; the host cuts loops */
    uint32_t  n_attributes;
    uint32_t  type_id, schema_id;   /* host-interned: compare ints on the hot path; 0 = not interned, compare the text */
    const hark_attr *attributes;    /* CloudEvents extension attributes */
    hark_str   id;                  /* CloudEvents id as the producer gave it; empty: the text of uid is the id */
    hark_str   type, source, subject, content_type, schema, time_text, tracestate;
    hark_bytes key;                 /* CloudEvents partitionkey */
    hark_bytes data;                /* JSON types: the JSON text, quotes included; else the bytes. p NULL: no data (not: empty) */
} hark_event;
#define HARK_E_DATA_BINARY  0x1u   /* flags: data came as bytes (data_base64), not as JSON or text */

/* ---- one hand-over of an event to one instance ----------------------------------------------------------- */
#define HARK_D_REDELIVERED  0x1u   /* an earlier attempt did not complete */
#define HARK_D_SUSPECT      0x2u   /* the process holding an earlier attempt died */
#define HARK_D_REPLAY       0x4u   /* from history, not live */
typedef struct hark_delivery {
    uint32_t  size, flags;
    uint64_t  ticket;               /* R5: names this hand-over in complete(), extend(), log(), publish() */
    uint64_t  subscription;         /* id from hark.subscriptions/1, 0 = the configured `on`. One delivery an event and
                                       instance, however many patterns match */
    int64_t   deadline_ns;          /* on host->now()'s clock; 0 = none */
    uint32_t  attempt, pad_;        /* 1 = first */
    const hark_event *event;
} hark_delivery;

/* what a plugin publishes; the host copies all of it before publish() returns. Types that begin "hark." are the host's own:
 * HARK_DENIED. A `traceparent` attribute sets the trace context of an event from outside. */
#define HARK_M_TELL_KEPT     0x1u  /* call outcome(KEPT) once the end of the host cannot lose it */
#define HARK_M_TELL_SETTLED  0x2u  /* call outcome(SETTLED) once every subscriber is done with it */
#define HARK_M_DATA_CHECKED  0x4u  /* data was parsed as one whole JSON document in UTF-8: the host need not do it again */
#define HARK_M_DATA_BINARY   0x8u  /* data is bytes, whatever content_type says: HARK_E_DATA_BINARY on the event */
typedef struct hark_message {
    uint32_t  size, flags;
    uint64_t  cause;                /* ticket of the delivery being handled, or 0: the host derives cause, root,
                                       hops and a child span from it; a stale ticket: HARK_STALE, nothing taken */
    const hark_event *caused_by;    /* outside a handler (timer, own thread): a retained event that led to this, or NULL */
    uint64_t  token;                /* handed back by outcome() */
    int64_t   time_ns;              /* HARK_TIME_ABSENT = now */
    hark_str   type;                /* the one routing key: "error.disk.full" */
    hark_str   id, source, subject, content_type, schema, time_text;  /* empty: absent; source: "/hark/NAME", content_type:
                                       application/json */
    hark_bytes key, data;
    const hark_attr *attributes; uint32_t n_attributes; uint32_t pad_;
} hark_message;

/* ---- services of the host, one table for each instance. Valid from create() until destroy() returns; a thread that was
 * abandoned because it hung may still hold it: the table is never freed and answers HARK_CLOSING. All [any]. ---------- */
#define HARK_LOG_TRACE 0
#define HARK_LOG_DEBUG 1
#define HARK_LOG_INFO  2
#define HARK_LOG_WARN  3
#define HARK_LOG_ERROR 4
typedef struct hark_host hark_host;
struct hark_host {
    uint32_t size, abi_minor;
    void    *impl;
    /* NULL when unknown. Ids are "hark.metrics/1", or "com.example.thing/1"; the id's revision is its ABI. */
    const void *(HARK_CALL *extension)(const hark_host *, const char *id);
    int64_t    (HARK_CALL *now)(const hark_host *);                       /* monotonic ns */
    /* Copies; never blocks (overflow is counted, not waited for). ticket 0 = not about one event. */
    void       (HARK_CALL *log)(const hark_host *, int32_t level, uint64_t ticket, hark_str msg,
                               const hark_kv *kv, uint32_t n_kv);
    int32_t    (HARK_CALL *log_level)(const hark_host *);
    /* Never blocks and never calls back into a plugin. HARK_OK: admitted, whatever the subscribers' policies then do,
     * and also when nobody hears it. HARK_AGAIN: some `block` queue has no room; taken by nobody. HARK_REJECT: a guard
     * (hops, contract) dead-lettered it. HARK_INVALID: breaks a CloudEvents rule. HARK_TOO_BIG: over max_event. out_uid
     * (16 bytes) may be NULL. In a worker process OK means taken into the worker's own credit. */
    hark_result (HARK_CALL *publish)(const hark_host *, const hark_message *, uint8_t *out_uid);
    /* The same, waiting for room, AGAIN when until_ns passes (every until_ns and deadline is absolute, on now()'s clock):
     * for a source's own threads only (INVALID inside [dispatch] and [control] calls). Once the host has begun to stop the
     * instance it waits no more: CLOSING where there is no room. */
    hark_result (HARK_CALL *publish_wait)(const hark_host *, const hark_message *, int64_t until_ns, uint8_t *out_uid);
    /* Bytes from outside that never became an event: dead-lettered with origin ("stdin line 12") and reason, counted. */
    hark_result (HARK_CALL *refuse_input)(const hark_host *, hark_bytes input, hark_str origin, hark_str why);
    /* A source has nothing more to say (end of input, or an error that it cannot mend): once all have, the host drains. */
    void        (HARK_CALL *finished)(const hark_host *, hark_result r, hark_str why);
    /* Ends a delivery answered HARK_PENDING; r: HARK_OK, HARK_SKIP, HARK_RETRY, HARK_REJECT. why may be NULL.
     * retry_after_ns: hint for HARK_RETRY, 0 = host's back-off. Exactly once, and it may overtake the return of
     * handle(); the first answer wins, later ones and other instances' tickets get HARK_STALE; other codes HARK_INVALID. */
    hark_result (HARK_CALL *complete)(const hark_host *, uint64_t ticket, hark_result r,
                                    int64_t retry_after_ns, const hark_error *why);
    hark_result (HARK_CALL *extend)(const hark_host *, uint64_t ticket, int64_t more_ns); /* lease renewal */
    /* Keeps an event past its call: use *out, which may be a copy (events live in shared blocks that must not be
     * pinned). Charged to the instance's memory budget; HARK_AGAIN when over it. Unrelated to complete(). */
    hark_result (HARK_CALL *retain)(const hark_host *, const hark_event *ev, const hark_event **out);
    void       (HARK_CALL *release)(const hark_host *, const hark_event *ev);
    uint32_t   (HARK_CALL *intern)(const hark_host *, hark_str type_or_schema);  /* id as in type_id/schema_id */
};

/* ---- a plugin ------------------------------------------------------------------------------------------- */
#define HARK_STAGE_KEPT 1u
#define HARK_STAGE_SETTLED 2u
#define HARK_THREADS_SERIAL     0u  /* [dispatch] calls one at a time, on changing OS threads (default) */
#define HARK_THREADS_AFFINE     1u  /* one OS thread from create() to destroy(); joined before unload */
#define HARK_THREADS_KEYED      2u  /* concurrent, but one at a time per event key */
#define HARK_THREADS_CONCURRENT 3u
#define HARK_CAP_SOURCE      0x001u /* may be configured under [sources] (a subscriber may publish without it) */
#define HARK_CAP_SUBSCRIBER  0x200u /* may be configured under [subscribers] */
#define HARK_CAP_INLINE      0x400u /* fast and never blocks: may run in the publisher's thread (needs THREADS_CONCURRENT) */
#define HARK_CAP_NET         0x002u /* opens sockets                    } enforced by seccomp/Landlock in the  */
#define HARK_CAP_FS_READ     0x004u /* reads files named in its config  } process tier; in-process they gate   */
#define HARK_CAP_FS_WRITE    0x008u /*                                  } nothing and are shown as a claim      */
#define HARK_CAP_EXEC        0x010u
#define HARK_CAP_OWN_THREADS 0x020u /* starts threads: joins them all in stop() */
#define HARK_CAP_IDEMPOTENT  0x040u /* handling the same (source,id) twice is harmless: retry after a crash is safe */
#define HARK_CAP_UNLOADABLE  0x080u /* leaves nothing behind after destroy(): dlclose wanted. Else never unloaded */
#define HARK_CAP_NEEDS_PROC  0x100u /* refuse the in-process tier (Go runtime, JVM, foreign signal handlers ...) */
typedef struct hark_instance hark_instance;  /* opaque, the plugin's; several may live at once in one process */
#define HARK_TIER_THREAD 0u
#define HARK_TIER_PROCESS 1u
#define HARK_ROLE_SOURCE 1u
#define HARK_ROLE_SUBSCRIBER 2u
typedef struct hark_create_info {
    uint32_t size, role, tier, generation; /* generation: 0, then +1 for each restart of this configured name */
    hark_str name;                  /* NAME of [sources.NAME] or [subscribers.NAME] */
    hark_str options;               /* its validated `options` as one JSON object; valid until destroy() */
    hark_str state_dir;             /* a folder of its own that survives restarts, made on demand, or empty */
} hark_create_info;
/* Results a callback may give; a known code not listed for it is logged and read as REJECT (create, start: failure).
 *   handle, batch slots: OK SKIP PENDING RETRY REJECT FATAL (counts as an attempt; this event is redelivered to the next
 *     generation; other slots keep theirs), and AGAIN: "not now" (disk full, downstream away): the host holds this
 *     instance's deliveries, in order, until a back-off ends; no attempt counted, breaker untouched.
 *   create, start: OK or an error.  on_timer: OK, FATAL.  flush, reconfigure: OK, AGAIN, NOSUPPORT, FATAL.
 *   stop: OK or an error (logged).
 * After PENDING the event is gone unless retained; a delivery that times out follows the same rule as one lost in a
 * crash (IDEMPOTENT: retried, else by the operator's policy). A batch is at most min(max_batch, max_in_flight). */
/* Never NULL: create, destroy, and handle where caps say SUBSCRIBER. The other functions may be: start and stop then
 * succeed, flush has nothing to deliver. */
typedef struct hark_plugin {
    uint32_t size, caps;
    uint32_t threads;               /* HARK_THREADS_* */
    uint32_t max_in_flight;         /* most unfinished deliveries it can hold; 0 = 1. The host sends no more. */
    uint32_t max_batch, pad_;       /* 0 = handle_batch unused */
    const char *id;                 /* "com.example.audit", stable for ever; NUL-terminated, static */
    const char *name, *version, *vendor, *license;
    const char *config_schema;      /* JSON Schema, the draft-07 subset named in the docs, or NULL */
    const char *const *subscribes;  /* default type patterns, NULL-terminated: what a dropped-in
                                       plugin hears when the config names none; the config may override */
    const char *const *publishes;   /* types it may publish, NULL-terminated, or NULL: checked at run time, and
                                       read by `hark check`; NULL = any type */
    hark_result (HARK_CALL *create)(const hark_host *, const hark_create_info *, hark_instance **, hark_error *); /* [control] */
    hark_result (HARK_CALL *start)(hark_instance *, hark_error *);                                              /* [control] */
    hark_result (HARK_CALL *handle)(hark_instance *, const hark_delivery *, hark_error *);                       /* [dispatch] */
    /* results: n slots preset to HARK_UNSET; slots left so take the return value. May be NULL.               [dispatch] */
    hark_result (HARK_CALL *handle_batch)(hark_instance *, const hark_delivery *const *, uint32_t n,
                                        hark_result *results, hark_error *);
    hark_result (HARK_CALL *on_timer)(hark_instance *, uint64_t user, hark_error *);     /* may be NULL          [dispatch] */
    /* The events published with these tokens reached a stage: HARK_STAGE_KEPT or HARK_STAGE_SETTLED, with OK or why not.
     * A source acknowledges upstream here. Exactly once for each token, stage asked for and publish that returned OK;
     * never inside publish(). After stop() too, as the host delivers what it has taken in: until destroy().
     * KEPT without a journal: every subscriber is done with it, or it is on disk (in a spool, among the dead letters); the
     * end of the host does not lose it. Not OK: it was lost. May be NULL.                                    [any] */
    void       (HARK_CALL *outcome)(hark_instance *, uint32_t stage, const uint64_t *tokens, uint32_t n, hark_result r);
    /* Deliver what is buffered, by until_ns. Before stop, before a config change, on request. May be NULL.  [control] */
    hark_result (HARK_CALL *flush)(hark_instance *, int64_t until_ns, hark_error *);
    /* HARK_NOSUPPORT (or NULL): the host restarts the instance instead.                                      [control] */
    hark_result (HARK_CALL *reconfigure)(hark_instance *, hark_error *);
    /* No delivery follows. Complete pending tickets or leave them (redelivered later), join own threads.    [control] */
    hark_result (HARK_CALL *stop)(hark_instance *, int64_t until_ns, hark_error *);
    void       (HARK_CALL *destroy)(hark_instance *);                                                         /* [control] */
    const void *(HARK_CALL *extension)(const struct hark_plugin *, const char *id);    /* may be NULL          [any] */
} hark_plugin;

typedef struct hark_module {
    uint32_t size;
    uint16_t abi_major, abi_minor;  /* compiled against */
    uint16_t min_host_minor, pad_;  /* refuses older hosts; 0 when newer fields are all behind HARK_HAS */
    uint32_t pad2_;
    const hark_plugin *plugin;      /* one for each library: its note says what it is before any code runs */
} hark_module;
typedef struct hark_loader { uint32_t size; uint32_t host_abi_minor; hark_str host_name, host_version, path; } hark_loader;

/* The one export. Must not start threads or keep hark_loader. NULL = decline, reason in err. A library may also
 * export hark_entry_v2 ... : the host takes the highest major it knows. */
HARK_EXPORT const hark_module *HARK_CALL hark_entry_v1(const hark_loader *, hark_error *err);

/* ---- ELF note: read from the file before any code of it runs. FROZEN. ------------------------------------ */
#define HARK_NOTE_FENCED 0x1u        /* every entry point catches its own language's exceptions / panics (SDKs set it) */
typedef struct hark_note {           /* FROZEN; must agree with hark_module. section ".note.hark", owner "HRK", type 1 */
    uint32_t namesz, descsz, type; char owner[4];
    uint16_t abi_major, abi_minor, min_host_minor, flags; uint32_t caps; char id[64]; char version[24];
} hark_note;
#if defined(__clang__)               /* AddressSanitizer would put a guard behind it, which is part of the section then */
#define HARK_NOTE_PLACE_ __attribute__((section(".note.hark"), used, aligned(4), no_sanitize("address")))
#else
#define HARK_NOTE_PLACE_ __attribute__((section(".note.hark"), used, aligned(4)))
#endif
#define HARK_DECLARE_NOTE(id_, ver_, min_host_, flags_, caps_) \
    HARK_NOTE_PLACE_ static const hark_note hark_note_ = { 4, sizeof(hark_note) - 16, 1, {'H','R','K',0}, \
        HARK_ABI_MAJOR, HARK_ABI_MINOR, (min_host_), (flags_), (caps_), id_, ver_ }

/* ---- extensions in the first release (each struct growable, fetched by id) -------------------------------- */
typedef struct hark_ext_metrics {    /* "hark.metrics/1" [any] */
    uint32_t size, pad_;            /* kind 0 counter, 1 gauge, 2 histogram; returns 0 when refused */
    uint32_t (HARK_CALL *define)(const hark_host *, int32_t kind, hark_str name, hark_str unit, hark_str help);
    void     (HARK_CALL *record)(const hark_host *, uint32_t id, double v, const hark_kv *labels, uint32_t n);
} hark_ext_metrics;
typedef struct hark_ext_timers {     /* "hark.timers/1" [any]; fires on_timer on the instance's dispatch context */
    uint32_t size, pad_;
    hark_result (HARK_CALL *start)(const hark_host *, int64_t delay_ns, int64_t period_ns, uint64_t user, uint64_t *id);
    hark_result (HARK_CALL *cancel)(const hark_host *, uint64_t id);
} hark_ext_timers;
typedef struct hark_ext_flow {       /* "hark.flow/1": back-pressure made visible [any] */
    uint32_t size, pad_;
    hark_result (HARK_CALL *room)(const hark_host *, hark_str type, uint64_t *events, uint64_t *bytes);
} hark_ext_flow;
typedef struct hark_ext_subscriptions { /* "hark.subscriptions/1": more than the configured `on` [any] */
    uint32_t size, pad_;             /* all are revoked when the instance stops */
    hark_result (HARK_CALL *subscribe)(const hark_host *, hark_str pattern, uint64_t *subscription);
    hark_result (HARK_CALL *unsubscribe)(const hark_host *, uint64_t subscription); /* no delivery for it starts afterwards */
} hark_ext_subscriptions;

/* ---- extensions of a plugin: hark_plugin.extension(), which the host may ask before create() ---------------- */
#define HARK_EVENT_HEARD 1u
#define HARK_EVENT_PUBLISHED 2u
typedef struct hark_event_type {     /* an event and the shape of its data; texts are NUL-terminated, static */
    uint32_t size, direction;       /* HARK_EVENT_*; one both heard and published has two entries */
    const char *type, *schema;      /* schema: JSON Schema, of which the host reads the part named in the docs */
} hark_event_type;
typedef struct hark_ext_events {     /* "hark.events/1": for people to read, and for the host to tell at load where a
                                       publisher and a subscriber of one type do not mean the same */
    uint32_t size, n;
    const hark_event_type *const *items;
} hark_ext_events;
#ifdef __cplusplus
}
#endif
#endif
