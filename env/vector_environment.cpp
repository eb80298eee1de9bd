#include "env/vector_environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace flyball {

namespace {

// Looks for work this often before a thread sleeps: some 20 us, less than waking it takes.
constexpr int kLooks = 4000;

void pause_briefly() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

// Threads that wait for work and share the indices out: each has a range of its own, the same in
// every round, so that what it works on stays in its cache; who is done helps the others.
class VectorEnvironment::Workers {
 public:
  explicit Workers(std::size_t threads) : ranges_(threads) {
    for (std::size_t t = 1; t < threads; ++t) threads_.emplace_back([this, t] { serve(t); });
  }

  ~Workers() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      round_.fetch_add(1);
    }
    start_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  // Calls work(0) .. work(count - 1), each once; returns when all have returned. `work` must not
  // throw.
  void run(std::size_t count, const std::function<void(std::size_t)>& work) {
    const std::size_t threads = ranges_.size();
    for (std::size_t t = 0; t < threads; ++t) {
      ranges_[t].next.store(t * count / threads, std::memory_order_relaxed);
      ranges_[t].end = (t + 1) * count / threads;
    }
    work_ = &work;
    busy_.store(threads_.size(), std::memory_order_relaxed);
    {
      const std::lock_guard lock(mutex_);
      round_.fetch_add(1);
    }
    if (!threads_.empty()) start_.notify_all();
    take(work, 0);
    for (int look = 0; look < kLooks && busy_.load() > 0; ++look) pause_briefly();
    if (busy_.load() == 0) return;
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return busy_.load() == 0; });
  }

 private:
  // On a cache line of its own: the threads count in them all the time.
  struct alignas(64) Range {
    std::atomic<std::size_t> next = 0;
    std::size_t end = 0;
  };

  void take(const std::function<void(std::size_t)>& work, std::size_t own) {
    for (std::size_t t = 0; t < ranges_.size(); ++t) {
      Range& range = ranges_[(own + t) % ranges_.size()];
      for (std::size_t i = range.next.fetch_add(1); i < range.end; i = range.next.fetch_add(1)) {
        work(i);
      }
    }
  }

  void serve(std::size_t own) {
    std::uint64_t seen = 0;
    for (;;) {
      for (int look = 0; look < kLooks && round_.load() == seen; ++look) pause_briefly();
      if (round_.load() == seen) {
        std::unique_lock lock(mutex_);
        start_.wait(lock, [&] { return round_.load() != seen; });
      }
      seen = round_.load();
      if (stopping_) return;
      take(*work_, own);
      if (busy_.fetch_sub(1) == 1) {
        const std::lock_guard lock(mutex_);
        done_.notify_one();
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable start_;
  std::condition_variable done_;
  std::vector<Range> ranges_;  // per thread
  const std::function<void(std::size_t)>* work_ = nullptr;
  std::atomic<std::size_t> busy_ = 0;
  std::atomic<std::uint64_t> round_ = 0;  // changed last: what belongs to a round is written before
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

VectorEnvironment::VectorEnvironment(const VectorEnvironmentConfig& config, const Factory& make)
    : config_(config) {
  if (config.environments == 0) throw std::invalid_argument("environments = 0: must be >= 1");
  if (config.threads == 0) throw std::invalid_argument("threads = 0: must be >= 1");
  for (std::size_t i = 0; i < config.environments; ++i) {
    slots_.emplace_back().environment = make(i);
    if (slots_[i].environment->observation_space().size() != observation_space().size() ||
        slots_[i].environment->action_space().counts != action_space().counts) {
      throw std::invalid_argument(
          fmt::format("environment {} has other spaces than environment 0", i));
    }
  }
  const std::size_t n = size();
  batch_.observations.resize(n * observation_space().size());
  batch_.final_observations.resize(batch_.observations.size());
  batch_.rewards.resize(n);
  batch_.costs.resize(n);
  batch_.terminated.resize(n);
  batch_.truncated.resize(n);
  workers_ = std::make_unique<Workers>(std::min(config.threads, n));
}

VectorEnvironment::~VectorEnvironment() = default;

std::span<const float> VectorEnvironment::observation(std::size_t i) const {
  const std::size_t width = observation_space().size();
  return std::span(batch_.observations).subspan(i * width, width);
}

std::span<float> VectorEnvironment::observation_row(std::size_t i) {
  const std::size_t width = observation_space().size();
  return std::span(batch_.observations).subspan(i * width, width);
}

void VectorEnvironment::begin_episode(std::size_t i) {
  Slot& slot = slots_[i];
  slot.environment->reset(slot.next_seed, observation_row(i));
  slot.next_seed += size();
  slot.ended = false;
}

void VectorEnvironment::reset(std::uint64_t seed) {
  for (std::size_t i = 0; i < size(); ++i) {
    slots_[i].next_seed = seed + i;
    batch_.rewards[i] = 0.0;
    batch_.costs[i] = {};
    batch_.terminated[i] = 0;
    batch_.truncated[i] = 0;
  }
  run_all([this](std::size_t i) { begin_episode(i); });
}

void VectorEnvironment::reset_one(std::size_t i) { begin_episode(i); }

void VectorEnvironment::step(std::span<const Level> actions) {
  const std::size_t width = action_space().size();
  if (actions.size() != width * size()) {
    throw std::invalid_argument(fmt::format("step: {} levels for {} environments of {} knobs",
                                            actions.size(), size(), width));
  }
  run_all([&](std::size_t i) { step_one(i, actions.subspan(i * width, width)); });
}

void VectorEnvironment::step_one(std::size_t i, std::span<const Level> action) {
  Slot& slot = slots_[i];
  batch_.rewards[i] = 0.0;
  batch_.costs[i] = {};
  batch_.terminated[i] = 0;
  batch_.truncated[i] = 0;
  if (slot.ended) return;
  const std::span<float> row = observation_row(i);
  const StepResult result = slot.environment->step(action, row);
  batch_.rewards[i] = result.reward;
  batch_.costs[i] = result.cost;
  batch_.terminated[i] = result.terminated ? 1 : 0;
  batch_.truncated[i] = result.truncated ? 1 : 0;
  if (!result.terminated && !result.truncated) return;
  slot.ended = true;
  const std::size_t width = row.size();
  std::copy(row.begin(), row.end(),
            batch_.final_observations.begin() + static_cast<std::ptrdiff_t>(i * width));
  if (config_.autoreset == Autoreset::kSameStep) begin_episode(i);
}

void VectorEnvironment::run_all(const std::function<void(std::size_t)>& work) {
  const std::function<void(std::size_t)> guarded = [&](std::size_t i) {
    slots_[i].error = nullptr;
    try {
      work(i);
    } catch (...) {
      slots_[i].error = std::current_exception();
    }
  };
  workers_->run(size(), guarded);
  for (const Slot& slot : slots_) {
    if (slot.error) std::rethrow_exception(slot.error);
  }
}

}  // namespace flyball
