#include "host/retained.h"

#include "core/arena.h"

namespace hark::host {

Retained::Kept::~Kept() {
  if (record != nullptr) core::release(record);
}

const hark_event* Retained::retain(const hark_event& event) {
  core::Lock lock(mutex_);
  if (const auto found = kept_.find(&event); found != kept_.end()) {
    ++found->second->references;
    return found->first;
  }
  // The type's text is copied too: what is retained stands alone.
  const core::Stamp stamp{core::Uid::from(event.uid),
                          core::Uid::from(event.cause),
                          core::Uid::from(event.root),
                          event.recv_ns,
                          event.time_ns,
                          event.hops,
                          nullptr};
  const std::size_t size = core::record_size(event, stamp);
  if (bytes_ + size > budget) return nullptr;
  bytes_ += size;
  auto kept = std::make_unique<Kept>();
  kept->record = core::solo_record(event, stamp);
  const hark_event* out = &kept->expanded.expand(*kept->record);
  kept_.emplace(out, std::move(kept));
  return out;
}

bool Retained::release(const hark_event* event) {
  core::Lock lock(mutex_);
  const auto found = kept_.find(event);
  if (found == kept_.end()) return false;
  if (--found->second->references == 0) {
    bytes_ -= found->second->record->total;
    kept_.erase(found);
  }
  return true;
}

bool Retained::chain_of(const hark_event* event, bus::ChainLink& out) const {
  core::Lock lock(mutex_);
  const auto found = kept_.find(event);
  if (found == kept_.end()) return false;
  out = bus::ChainLink::of(*found->first);
  return true;
}

std::size_t Retained::count() const {
  core::Lock lock(mutex_);
  return kept_.size();
}

void Retained::clear() {
  core::Lock lock(mutex_);
  kept_.clear();
  bytes_ = 0;
}

}  // namespace hark::host
