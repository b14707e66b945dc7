//! hark/plugin.h, ABI 1.0, written down in Rust: as much of it as a subscriber needs, with the names it has in C.
//!
//! Every struct says where its fields lie in C, and the compiler holds it to that: `repr(C)` and no padding (rule R1 of
//! plugin.h), so that a field lies behind the sizes of those before it. The tests compare the same with plugin.h itself.
#![allow(non_camel_case_types, dead_code)]
#![deny(unsafe_op_in_unsafe_fn)]

use std::any::Any;
use std::cell::RefCell;
use std::ffi::c_void;
use std::mem::size_of;
use std::os::raw::c_char;
use std::panic;

// struct NAME (size in C) { field (offset in C): type }
macro_rules! abi {
    ($($(#[$meta:meta])* struct $name:ident ($size:literal) { $($field:ident ($at:literal): $type:ty,)* })*) => { $(
        #[repr(C)]
        $(#[$meta])*
        pub struct $name { $(pub $field: $type,)* }
        #[allow(unused_assignments)]
        const _: () = {
            let mut at = 0;
            $(
                assert!(at == $at, concat!("offset of ", stringify!($name), ".", stringify!($field)));
                at += size_of::<$type>();
            )*
            assert!(at == $size && size_of::<$name>() == $size, concat!("size of ", stringify!($name)));
        };
    )* };
}

pub type hark_result = i32;
pub const HARK_OK: hark_result = 0;
pub const HARK_PENDING: hark_result = 1;
pub const HARK_SKIP: hark_result = 2;
pub const HARK_RETRY: hark_result = -1;
pub const HARK_REJECT: hark_result = -2;
pub const HARK_FATAL: hark_result = -3;
pub const HARK_AGAIN: hark_result = -4;
pub const HARK_INVALID: hark_result = -7;
pub const HARK_NOMEM: hark_result = -9;
pub const HARK_CLOSING: hark_result = -11;

pub const HARK_ABI_MAJOR: u16 = 1;
pub const HARK_ABI_MINOR: u16 = 0;
pub const HARK_TIME_ABSENT: i64 = i64::MIN;
pub const HARK_LOG_DEBUG: i32 = 1;
pub const HARK_LOG_INFO: i32 = 2;
pub const HARK_LOG_WARN: i32 = 3;
pub const HARK_LOG_ERROR: i32 = 4;
pub const HARK_THREADS_SERIAL: u32 = 0;
pub const HARK_CAP_SOURCE: u32 = 0x001;
pub const HARK_CAP_IDEMPOTENT: u32 = 0x040;
pub const HARK_CAP_SUBSCRIBER: u32 = 0x200;
pub const HARK_NOTE_FENCED: u16 = 0x1;

/// The plugin's own; only pointers to it travel.
pub enum hark_instance {}
pub enum hark_attr {}

type Create = unsafe extern "C" fn(*const hark_host, *const hark_create_info, *mut *mut hark_instance, *mut hark_error) -> hark_result;
type Control = unsafe extern "C" fn(*mut hark_instance, *mut hark_error) -> hark_result;
type Until = unsafe extern "C" fn(*mut hark_instance, i64, *mut hark_error) -> hark_result;
type Handle = unsafe extern "C" fn(*mut hark_instance, *const hark_delivery, *mut hark_error) -> hark_result;
type Batch = unsafe extern "C" fn(*mut hark_instance, *const *const hark_delivery, u32, *mut hark_result, *mut hark_error) -> hark_result;
type OnTimer = unsafe extern "C" fn(*mut hark_instance, u64, *mut hark_error) -> hark_result;
type Outcome = unsafe extern "C" fn(*mut hark_instance, u32, *const u64, u32, hark_result);
type Log = unsafe extern "C" fn(*const hark_host, i32, u64, hark_str, *const hark_kv, u32);
type Publish = unsafe extern "C" fn(*const hark_host, *const hark_message, *mut u8) -> hark_result;
type PublishWait = unsafe extern "C" fn(*const hark_host, *const hark_message, i64, *mut u8) -> hark_result;
type Complete = unsafe extern "C" fn(*const hark_host, u64, hark_result, i64, *const hark_error) -> hark_result;
type Retain = unsafe extern "C" fn(*const hark_host, *const hark_event, *mut *const hark_event) -> hark_result;

abi! {
    #[derive(Clone, Copy)]
    struct hark_str (16) { p (0): *const c_char, n (8): usize, }
    #[derive(Clone, Copy)]
    struct hark_bytes (16) { p (0): *const c_void, n (8): usize, }
    struct hark_kv (32) { k (0): hark_str, v (16): hark_str, }
    struct hark_error (512) { len (0): u32, msg (4): [u8; 508], }
    struct hark_event (288) {
        size (0): u32, flags (4): u32,
        seq (8): u64,
        time_ns (16): i64,
        recv_ns (24): i64,
        uid (32): [u8; 16],
        cause (48): [u8; 16], root (64): [u8; 16],
        trace_id (80): [u8; 16], span_id (96): [u8; 8],
        trace_flags (104): u16, hops (106): u16,
        n_attributes (108): u32,
        type_id (112): u32, schema_id (116): u32,
        attributes (120): *const hark_attr,
        id (128): hark_str,
        r#type (144): hark_str, source (160): hark_str, subject (176): hark_str, content_type (192): hark_str,
        schema (208): hark_str, time_text (224): hark_str, tracestate (240): hark_str,
        key (256): hark_bytes,
        data (272): hark_bytes,
    }
    struct hark_delivery (48) {
        size (0): u32, flags (4): u32,
        ticket (8): u64,
        subscription (16): u64,
        deadline_ns (24): i64,
        attempt (32): u32, pad_ (36): u32,
        event (40): *const hark_event,
    }
    struct hark_message (200) {
        size (0): u32, flags (4): u32,
        cause (8): u64,
        caused_by (16): *const hark_event,
        token (24): u64,
        time_ns (32): i64,
        r#type (40): hark_str,
        id (56): hark_str, source (72): hark_str, subject (88): hark_str, content_type (104): hark_str,
        schema (120): hark_str, time_text (136): hark_str,
        key (152): hark_bytes, data (168): hark_bytes,
        attributes (184): *const hark_attr, n_attributes (192): u32, pad_ (196): u32,
    }
    // Behind the fields that a newer host has more of: only ever used by reference, never copied.
    struct hark_host (120) {
        size (0): u32, abi_minor (4): u32,
        r#impl (8): *mut c_void,
        extension (16): unsafe extern "C" fn(*const hark_host, *const c_char) -> *const c_void,
        now (24): unsafe extern "C" fn(*const hark_host) -> i64,
        log (32): Log,
        log_level (40): unsafe extern "C" fn(*const hark_host) -> i32,
        publish (48): Publish,
        publish_wait (56): PublishWait,
        refuse_input (64): unsafe extern "C" fn(*const hark_host, hark_bytes, hark_str, hark_str) -> hark_result,
        finished (72): unsafe extern "C" fn(*const hark_host, hark_result, hark_str),
        complete (80): Complete,
        extend (88): unsafe extern "C" fn(*const hark_host, u64, i64) -> hark_result,
        retain (96): Retain,
        release (104): unsafe extern "C" fn(*const hark_host, *const hark_event),
        intern (112): unsafe extern "C" fn(*const hark_host, hark_str) -> u32,
    }
    struct hark_create_info (64) {
        size (0): u32, role (4): u32, tier (8): u32, generation (12): u32,
        name (16): hark_str,
        options (32): hark_str,
        state_dir (48): hark_str,
    }
    struct hark_plugin (176) {
        size (0): u32, caps (4): u32,
        threads (8): u32,
        max_in_flight (12): u32,
        max_batch (16): u32, pad_ (20): u32,
        id (24): *const c_char,
        name (32): *const c_char, version (40): *const c_char, vendor (48): *const c_char, license (56): *const c_char,
        config_schema (64): *const c_char,
        subscribes (72): *const *const c_char,
        publishes (80): *const *const c_char,
        create (88): Option<Create>,
        start (96): Option<Control>,
        handle (104): Option<Handle>,
        handle_batch (112): Option<Batch>,
        on_timer (120): Option<OnTimer>,
        outcome (128): Option<Outcome>,
        flush (136): Option<Until>,
        reconfigure (144): Option<Control>,
        stop (152): Option<Until>,
        destroy (160): Option<unsafe extern "C" fn(*mut hark_instance)>,
        extension (168): Option<unsafe extern "C" fn(*const hark_plugin, *const c_char) -> *const c_void>,
    }
    struct hark_module (24) {
        size (0): u32,
        abi_major (4): u16, abi_minor (6): u16,
        min_host_minor (8): u16, pad_ (10): u16,
        pad2_ (12): u32,
        plugin (16): *const hark_plugin,
    }
    struct hark_loader (56) {
        size (0): u32, host_abi_minor (4): u32,
        host_name (8): hark_str, host_version (24): hark_str, path (40): hark_str,
    }
    struct hark_note (116) {
        namesz (0): u32, descsz (4): u32, r#type (8): u32, owner (12): [u8; 4],
        abi_major (16): u16, abi_minor (18): u16, min_host_minor (20): u16, flags (22): u16,
        caps (24): u32,
        id (28): [u8; 64],
        version (92): [u8; 24],
    }
}

// Read-only tables of a library; the pointers in them go to statics.
unsafe impl Sync for hark_plugin {}
unsafe impl Sync for hark_module {}

// ---- texts ----------------------------------------------------------------------------------------------------------

impl hark_str {
    pub const EMPTY: hark_str = hark_str { p: std::ptr::null(), n: 0 };
    pub fn of(text: &str) -> hark_str {
        hark_str { p: text.as_ptr().cast(), n: text.len() }
    }
    /// # Safety
    /// Within the call that the text was handed over for, and while `'a` does not outlast it.
    pub unsafe fn text<'a>(self) -> std::borrow::Cow<'a, str> {
        match self.n {
            0 => "".into(), // p may be null then, which no slice may
            n => String::from_utf8_lossy(unsafe { std::slice::from_raw_parts(self.p.cast(), n) }),
        }
    }
}

impl hark_bytes {
    pub const ABSENT: hark_bytes = hark_bytes { p: std::ptr::null(), n: 0 };
    pub fn of(bytes: &[u8]) -> hark_bytes {
        hark_bytes { p: bytes.as_ptr().cast(), n: bytes.len() }
    }
}

/// A static text for a table: `c("name\0")`.
pub const fn c(text: &'static str) -> *const c_char {
    assert!(text.as_bytes()[text.len() - 1] == 0, "ends in NUL");
    text.as_ptr().cast()
}

/// What HARK_DECLARE_NOTE makes; to stand in a `#[used] #[link_section = ".note.hark"] static`.
pub const fn note(id: &str, version: &str, flags: u16, caps: u32) -> hark_note {
    hark_note {
        namesz: 4, descsz: (size_of::<hark_note>() - 16) as u32, r#type: 1, owner: *b"HRK\0",
        abi_major: HARK_ABI_MAJOR, abi_minor: HARK_ABI_MINOR, min_host_minor: 0, flags, caps,
        id: padded(id), version: padded(version),
    }
}

const fn padded<const N: usize>(text: &str) -> [u8; N] {
    let mut out = [0; N];
    let mut i = 0;
    assert!(text.len() < N, "too long for the note");
    while i < text.len() {
        out[i] = text.as_bytes()[i];
        i += 1;
    }
    out
}

// ---- the fence ------------------------------------------------------------------------------------------------------

/// Why a call did not do what it was asked for.
pub struct Failure {
    pub code: hark_result,
    pub text: String,
}

thread_local! {
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Panics are told by the host, with the event that they came of; not on stderr besides. This library has a Rust run-time
/// of its own, so nobody else's panics are meant. Call it once, at the entry.
pub fn tell_panics_to_the_host() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        panic::set_hook(Box::new(|info| {
            let place = info.location().map_or(String::new(), |at| format!(" ({}:{})", at.file(), at.line()));
            let text = format!("panic: {}{}", text_of(info.payload()), place);
            let _ = PANIC.try_with(|kept| *kept.borrow_mut() = Some(text));
        }))
    });
}

fn text_of(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a text")
}

/// Runs what an entry point does. Nothing may unwind into the host (rule R3): a panic becomes `on_panic` with its text.
/// Needs panic=unwind, which is rustc's default; with panic=abort there is nothing to catch, and the host dies.
pub fn fence(err: *mut hark_error, on_panic: hark_result, f: impl FnOnce() -> Result<hark_result, Failure>) -> hark_result {
    let failure = match panic::catch_unwind(panic::AssertUnwindSafe(f)) {
        Ok(Ok(code)) => return code,
        Ok(Err(failure)) => failure,
        Err(payload) => {
            let text = PANIC.try_with(|kept| kept.borrow_mut().take()).ok().flatten();
            let text = text.unwrap_or_else(|| text_of(&*payload).to_owned());
            std::mem::forget(payload); // its drop could panic too, out here
            Failure { code: on_panic, text }
        }
    };
    if let Some(err) = unsafe { err.as_mut() } {
        let mut n = failure.text.len().min(err.msg.len());
        while !failure.text.is_char_boundary(n) {
            n -= 1;
        }
        err.msg[..n].copy_from_slice(&failure.text.as_bytes()[..n]);
        err.len = n as u32;
    }
    failure.code
}
