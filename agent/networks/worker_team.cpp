#include "agent/networks/worker_team.h"

#include <omp.h>

namespace flyball {

namespace {

constexpr int kSpins = 4000;  // some 50 to 100 us: longer than the gaps inside a training step

void pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// oneDNN and OpenBLAS take as many threads as OpenMP would give the calling thread: here one.
class SingleThreaded {
 public:
  SingleThreaded() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
  ~SingleThreaded() { omp_set_num_threads(before_); }
  SingleThreaded(const SingleThreaded&) = delete;
  SingleThreaded& operator=(const SingleThreaded&) = delete;

 private:
  int before_;
};

constexpr std::uint64_t kNoChunk = 0xffffffffU;

constexpr std::uint64_t first_of(std::uint32_t round) { return std::uint64_t{round} << 32; }

}  // namespace

WorkerTeam::WorkerTeam(std::size_t threads) {
  for (std::size_t thread = 1; thread < threads; ++thread) {
    helpers_.emplace_back([this, thread] { help(thread); });
  }
}

WorkerTeam::~WorkerTeam() {
  stopping_ = true;
  ++round_;
  round_.notify_all();
  for (std::thread& helper : helpers_) helper.join();
}

void WorkerTeam::take_chunks(std::uint32_t round, std::size_t thread) {
  std::uint64_t next = next_.load();
  while (next >> 32 == round) {
    Work* work = work_.load();
    if ((next & kNoChunk) >= count_.load()) return;
    if (!next_.compare_exchange_weak(next, next + 1)) continue;
    work->run(static_cast<std::size_t>(next & kNoChunk), thread);
    ++done_;
    next = next_.load();
  }
}

void WorkerTeam::help(std::size_t thread) {
  omp_set_num_threads(1);
  std::uint32_t seen = 0;
  while (!stopping_) {
    for (int spin = 0; spin < kSpins && round_.load() == seen; ++spin) pause();
    round_.wait(seen);
    seen = round_.load();
    take_chunks(seen, thread);
  }
}

void WorkerTeam::run(std::size_t count, Work& work) {
  const SingleThreaded alone;
  if (helpers_.empty() || count < 2) {
    for (std::size_t chunk = 0; chunk < count; ++chunk) work.run(chunk, 0);
    return;
  }
  const std::uint32_t round = round_.load() + 1;
  // Nothing of the last round can be taken any more, and nothing of this one yet.
  next_ = first_of(round) | kNoChunk;
  work_ = &work;
  count_ = count;
  done_ = 0;
  next_ = first_of(round);
  round_ = round;
  round_.notify_all();
  take_chunks(round, 0);
  for (int spin = 0; done_.load() < count; ++spin) {
    if (spin < kSpins) {
      pause();
    } else {
      std::this_thread::yield();  // a helper is put aside in the middle of its chunk
    }
  }
}

}  // namespace flyball
