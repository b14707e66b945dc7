#include "hand_over.h"

#include <concurrentqueue/blockingconcurrentqueue.h>
#include <boost/asio.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "rig.h"

namespace hark::bench {

void Consumer::take(const bench_payload& p, bool timed) {
  (timed ? handlers().time_payload : handlers().verify_payload)(&seat, &p);
  done.store(seat.count, std::memory_order_release);
}

void HandOver::wait_until(std::uint64_t done) const {
  for (const Consumer& c : consumers_) {
    while (c.done.load(std::memory_order_acquire) < done) std::this_thread::yield();
  }
}

void HandOver::wait() {
  flush();
  wait_until(given_);
}

namespace {

class ByHark final : public HandOver {
 public:
  ByHark(unsigned consumers, bool timed)
      : HandOver(0, timed),
        rig_({.subscribers = consumers, .handle = timed ? handlers().time : handlers().verify, .queue = depth}) {}
  void give(const bench_payload& p) override { rig_.publish(0, message("order.placed", bytes_of(p))); }
  void wait() override { rig_.wait(); }
  bench_seat& seat(std::size_t i) override { return rig_.seat(i); }
  std::size_t size() const override { return rig_.size(); }

 private:
  Rig rig_;
};

class ByMutexDeque final : public HandOver {
 public:
  ByMutexDeque(unsigned consumers, bool timed) : HandOver(consumers, timed), queues_(consumers) {
    for (unsigned i = 0; i < consumers; ++i) threads_.emplace_back([this, i] { consume(queues_[i], consumers_[i]); });
  }
  ~ByMutexDeque() override {
    for (Queue& q : queues_) {
      const std::scoped_lock lock(q.mutex);
      q.closed = true;
      q.filled.notify_one();
    }
  }
  void give(const bench_payload& p) override {
    keep_depth();
    for (Queue& q : queues_) {
      {
        const std::scoped_lock lock(q.mutex);
        q.items.push_back(p);
      }
      q.filled.notify_one();
    }
  }

 private:
  struct Queue {
    std::mutex mutex;
    std::condition_variable filled;
    std::deque<bench_payload> items;
    bool closed = false;
  };
  void consume(Queue& q, Consumer& consumer) const {
    for (;;) {
      std::unique_lock lock(q.mutex);
      q.filled.wait(lock, [&] { return q.closed || !q.items.empty(); });
      if (q.items.empty()) return;
      const bench_payload p = q.items.front();
      q.items.pop_front();
      lock.unlock();
      consumer.take(p, timed_);
    }
  }
  std::vector<Queue> queues_;
  std::vector<std::jthread> threads_;
};

class ByAsioStrands final : public HandOver {
 public:
  ByAsioStrands(unsigned consumers, bool timed)
      : HandOver(consumers, timed), pool_(std::max(2u, std::thread::hardware_concurrency())) {
    for (unsigned i = 0; i < consumers; ++i) strands_.emplace_back(boost::asio::make_strand(pool_));
  }
  ~ByAsioStrands() override { pool_.join(); }
  void give(const bench_payload& p) override {
    keep_depth();
    for (std::size_t i = 0; i < strands_.size(); ++i) {
      boost::asio::post(strands_[i], [&consumer = consumers_[i], p, timed = timed_] { consumer.take(p, timed); });
    }
  }

 private:
  boost::asio::thread_pool pool_;
  std::vector<boost::asio::strand<boost::asio::thread_pool::executor_type>> strands_;
};

// bulk: with tokens, 32 items enqueued at once where they are there, and as many dequeued as there are.
class ByMoodycamel final : public HandOver {
 public:
  ByMoodycamel(unsigned consumers, bool timed, bool bulk) : HandOver(consumers, timed), bulk_(bulk) {
    for (unsigned i = 0; i < consumers; ++i) queues_.push_back(std::make_unique<Queue>());
    for (unsigned i = 0; i < consumers; ++i) threads_.emplace_back([this, i] { consume(*queues_[i], consumers_[i]); });
  }
  ~ByMoodycamel() override {
    const bench_payload end{end_mark, 0, 0, 0, {}, 0};
    for (auto& q : queues_) {
      if (bulk_) {
        q->items.enqueue(q->producer, end);
      } else {
        q->items.enqueue(end);
      }
    }
  }
  void give(const bench_payload& p) override {
    keep_depth();
    if (bulk_) {
      gathered_.push_back(p);
      if (gathered_.size() == at_once) flush();
    } else {
      for (auto& q : queues_) q->items.enqueue(p);
    }
  }
  void flush() override {
    if (gathered_.empty()) return;
    for (auto& q : queues_) q->items.enqueue_bulk(q->producer, gathered_.data(), gathered_.size());
    gathered_.clear();
  }

 private:
  static constexpr std::uint64_t end_mark = UINT64_MAX;
  static constexpr std::size_t at_once = 32;
  struct Queue {
    moodycamel::BlockingConcurrentQueue<bench_payload> items{depth};
    moodycamel::ProducerToken producer{items};
  };
  void consume(Queue& q, Consumer& consumer) const {
    moodycamel::ConsumerToken token(q.items);
    std::array<bench_payload, 256> taken;
    for (;;) {
      std::size_t n = 1;
      if (bulk_) {
        n = q.items.wait_dequeue_bulk(token, taken.data(), taken.size());
      } else {
        q.items.wait_dequeue(taken[0]);
      }
      for (std::size_t i = 0; i < n; ++i) {
        if (taken[i].producer == end_mark) return;
        consumer.take(taken[i], timed_);
      }
    }
  }
  const bool bulk_;
  std::vector<std::unique_ptr<Queue>> queues_;
  std::vector<bench_payload> gathered_;
  std::vector<std::jthread> threads_;
};

}  // namespace

std::unique_ptr<HandOver> hand_over(Way way, unsigned consumers, bool timed) {
  const Pinned second(1);  // what is made here starts the consumers' threads
  switch (way) {
    case Way::hark: return std::make_unique<ByHark>(consumers, timed);
    case Way::mutex_deque: return std::make_unique<ByMutexDeque>(consumers, timed);
    case Way::asio_strands: return std::make_unique<ByAsioStrands>(consumers, timed);
    case Way::moodycamel: return std::make_unique<ByMoodycamel>(consumers, timed, false);
    case Way::moodycamel_bulk: return std::make_unique<ByMoodycamel>(consumers, timed, true);
  }
  return nullptr;
}

}  // namespace hark::bench
