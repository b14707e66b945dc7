// A plugin that ends the host: told apart from an end of the host's own, and recorded for the next start.
//
// Nothing is recovered. After a crash locks are held, destructors skipped and the heap is half updated; going on from
// there was seen to hang. So the process ends as it would have: the same signal, the same core.
#pragma once

namespace hark::host {

inline constexpr int exit_ended_by_plugin = 70;  // EX_SOFTWARE

// From here on, when a thread is within a plugin's call or a plugin's code,
//   SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT  write who it was to standard error and to the record, then let the signal
//                                             do what it did before: end the process, or a sanitizer's report
//   exit(), quick_exit(), _exit()             do the same and leave with status 70
// A handler that a plugin installs for itself comes before this one. What gets past: SIGKILL, a raw system call, and a
// stack overflow in a thread that a plugin made and that never published.
// Once, before plugins are loaded. Children that are forked are let be.
void install_exit_guard();

// An open file that the record is written to, at its offset 0, and one that is removed then; both for as long as the
// process lives. obsolete: nullptr: none.
void record_ends_in(int fd, const char* obsolete);

}  // namespace hark::host
