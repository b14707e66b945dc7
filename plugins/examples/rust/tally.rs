//! tally, in Rust with the standard library and nothing else: counts the events that it hears by their type, and publishes
//! a `tally` of them after every so many. The same plugin as ../c and ../go. To make yours of it, copy hark.rs, and from
//! this file what is below; then change id, schema, `Tally` and its `handle`.
#![deny(unsafe_op_in_unsafe_fn)]

mod hark;

use hark::*;
use std::collections::BTreeMap;
use std::fmt::Write;

const CAPS: u32 = HARK_CAP_SUBSCRIBER;
const MAX_TYPES: usize = 64; // what a stranger may publish must not decide how much memory we take

const SCHEMA: &str = concat!(
    r#"{"type": "object", "additionalProperties": false, "properties": {
      "every": {"type": "integer", "minimum": 1, "maximum": 1000000, "default": 10,
                "description": "publish a tally after so many events"},
      "fail_on": {"type": "string", "minLength": 1, "maxLength": 128,
                  "description": "panic at events of this type, to see what a panic costs"}}}"#,
    "\0"
);

/// One for each [subscribers.NAME].
struct Tally {
    host: &'static hark_host, // valid until destroy() returns, which is as long as we live
    every: u64,
    fail_on: Option<String>,
    total: u64,
    others: u64, // of further types than MAX_TYPES
    counts: BTreeMap<String, u64>,
}

impl Tally {
    fn new(host: &'static hark_host, options: &str) -> Result<Tally, Failure> {
        let mut tally = Tally { host, every: 10, fail_on: None, total: 0, others: 0, counts: BTreeMap::new() };
        tally.read_options(options).map_err(|text| Failure { code: HARK_INVALID, text })?;
        Ok(tally)
    }

    /// The host has checked them by SCHEMA: one flat object with two keys. For more take a JSON library.
    fn read_options(&mut self, json: &str) -> Result<(), String> {
        const BROKEN: &str = "options: no JSON";
        if json.contains('\\') {
            return Err("options: an escape (\\) is more than this example can read".to_owned());
        }
        let mut rest = json;
        while let Some((_, from_key)) = rest.split_once('"') {
            let (key, from_value) = from_key.split_once('"').ok_or(BROKEN)?;
            let value = from_value.trim_start().strip_prefix(':').ok_or(BROKEN)?.trim_start();
            let (value, after) = match value.strip_prefix('"') {
                Some(text) => text.split_once('"').ok_or(BROKEN)?,
                None => value.split_at(value.find(&[',', '}', ' '][..]).ok_or(BROKEN)?),
            };
            match key {
                "every" => self.every = value.parse().map_err(|e| format!("option every: {e}"))?,
                "fail_on" => self.fail_on = Some(value.to_owned()),
                _ => {} // the schema lets no other through
            }
            rest = after;
        }
        if self.every == 0 { Err("option every: at least 1".to_owned()) } else { Ok(()) }
    }

    /// [dispatch], and as the table says HARK_THREADS_SERIAL: one call at a time, so `&mut` is true.
    fn handle(&mut self, ticket: u64, event_type: &str) -> Result<hark_result, Failure> {
        if event_type == "tally" {
            return Ok(HARK_SKIP); // our own, or another tally's: it would go on for ever
        }
        if self.fail_on.as_deref() == Some(event_type) {
            let nothing: Option<u64> = None;
            nothing.expect("told to fail"); // the bug of this example: the fence makes a failed attempt of it
        }
        *self.count_of(event_type) += 1;
        self.total += 1;
        if self.total % self.every == 0 {
            if let Err(failure) = self.publish(ticket, &self.summary()) {
                // A failed event comes again, or becomes a dead letter: it is not counted before it is done.
                *self.count_of(event_type) -= 1;
                self.total -= 1;
                return Err(failure);
            }
        }
        Ok(HARK_OK)
    }

    fn count_of(&mut self, event_type: &str) -> &mut u64 {
        if self.counts.len() < MAX_TYPES || self.counts.contains_key(event_type) {
            self.counts.entry(event_type.to_owned()).or_insert(0)
        } else {
            &mut self.others
        }
    }

    fn publish(&self, ticket: u64, data: &str) -> Result<(), Failure> {
        let message = hark_message {
            size: std::mem::size_of::<hark_message>() as u32,
            cause: ticket, // the event being handled led to this one: the host keeps the chain
            time_ns: HARK_TIME_ABSENT,
            r#type: hark_str::of("tally"),
            data: hark_bytes::of(data.as_bytes()),
            // All else is absent.
            flags: 0, caused_by: std::ptr::null(), token: 0, id: hark_str::EMPTY, source: hark_str::EMPTY,
            subject: hark_str::EMPTY, content_type: hark_str::EMPTY, schema: hark_str::EMPTY, time_text: hark_str::EMPTY,
            key: hark_bytes::ABSENT, attributes: std::ptr::null(), n_attributes: 0, pad_: 0,
        };
        // Copies; never blocks.
        let r = unsafe { (self.host.publish)(self.host, &message, std::ptr::null_mut()) };
        let (code, why) = match r { // not every code that publish() gives is an answer of handle()
            HARK_OK => {
                let field = hark_kv { k: hark_str::of("tally"), v: hark_str::of(data) };
                unsafe { (self.host.log)(self.host, HARK_LOG_INFO, ticket, hark_str::of("tally published"), &field, 1) };
                return Ok(());
            }
            HARK_AGAIN | HARK_CLOSING => (HARK_AGAIN, "no room now".to_owned()),
            HARK_NOMEM => (HARK_RETRY, "out of memory".to_owned()),
            other => (HARK_REJECT, format!("code {other}")),
        };
        Err(Failure { code, text: format!("publish: {why}") })
    }

    /// {"total":3,"types":{"a":2,"b":1},"others":0}
    fn summary(&self) -> String {
        let mut json = format!("{{\"total\":{},\"types\":{{", self.total);
        for (i, (event_type, count)) in self.counts.iter().enumerate() {
            json.push_str(if i == 0 { "\"" } else { ",\"" });
            for c in event_type.chars() {
                match c {
                    '"' | '\\' => json.extend(['\\', c]),
                    c if c < ' ' => write!(json, "\\u{:04x}", c as u32).expect("a String takes all"),
                    c => json.push(c),
                }
            }
            write!(json, "\":{count}").expect("a String takes all");
        }
        write!(json, "}},\"others\":{}}}", self.others).expect("a String takes all");
        json
    }
}

// ---- entry points: each one behind the fence. What is unsafe here rests on what plugin.h promises of its arguments. --

unsafe extern "C" fn create(
    host: *const hark_host, info: *const hark_create_info, out: *mut *mut hark_instance, err: *mut hark_error,
) -> hark_result {
    fence(err, HARK_INVALID, || {
        let tally = unsafe { Tally::new(&*host, &(*info).options.text()) }?;
        unsafe { *out = Box::into_raw(Box::new(tally)).cast() };
        Ok(HARK_OK)
    })
}

unsafe extern "C" fn handle(it: *mut hark_instance, d: *const hark_delivery, err: *mut hark_error) -> hark_result {
    // RETRY, as a panic may have come of something that passes; after `retry.attempts` it is a dead letter.
    fence(err, HARK_RETRY, || unsafe { (*it.cast::<Tally>()).handle((*d).ticket, &(*(*d).event).r#type.text()) })
}

unsafe extern "C" fn destroy(it: *mut hark_instance) {
    fence(std::ptr::null_mut(), HARK_OK, || {
        drop(unsafe { Box::from_raw(it.cast::<Tally>()) });
        Ok(HARK_OK)
    });
}

// ---- what the host reads --------------------------------------------------------------------------------------------

struct Texts([*const std::os::raw::c_char; 2]);
unsafe impl Sync for Texts {}
static PUBLISHES: Texts = Texts([c("tally\0"), std::ptr::null()]);

static PLUGIN: hark_plugin = hark_plugin {
    size: std::mem::size_of::<hark_plugin>() as u32, caps: CAPS,
    threads: HARK_THREADS_SERIAL, max_in_flight: 1, max_batch: 0, pad_: 0,
    id: c("com.example.tally-rust\0"), name: c("tally in Rust\0"), version: c("1.0.0\0"),
    vendor: c("Hark examples\0"), license: c("Apache-2.0\0"),
    config_schema: c(SCHEMA), subscribes: std::ptr::null(), publishes: PUBLISHES.0.as_ptr(),
    create: Some(create), start: None, handle: Some(handle), handle_batch: None, on_timer: None, outcome: None,
    flush: None, reconfigure: None, stop: None, destroy: Some(destroy), extension: None,
};
static MODULE: hark_module = hark_module {
    size: std::mem::size_of::<hark_module>() as u32, abi_major: HARK_ABI_MAJOR, abi_minor: HARK_ABI_MINOR,
    min_host_minor: 0, pad_: 0, pad2_: 0, plugin: &PLUGIN,
};

/// Read from the file before any of this code runs. FENCED: each entry point above catches its panics.
#[used]
#[link_section = ".note.hark"]
static NOTE: hark_note = note("com.example.tally-rust", "1.0.0", HARK_NOTE_FENCED, CAPS);

#[no_mangle]
pub extern "C" fn hark_entry_v1(_loader: *const hark_loader, _err: *mut hark_error) -> *const hark_module {
    tell_panics_to_the_host(); // does not panic
    &MODULE
}
