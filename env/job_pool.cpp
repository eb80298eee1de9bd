#include "env/job_pool.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace flyball {

namespace {

// Hands out jobs to the threads and keeps the first exception.
class JobQueue {
 public:
  JobQueue(std::size_t count, const std::function<void(std::size_t)>& job)
      : count_(count), job_(job) {}

  std::size_t done() const { return done_; }
  void stop() { stopped_ = true; }

  // Does one job; false when there is nothing left to do.
  bool work() {
    const std::size_t index = next_++;
    if (stopped_ || index >= count_) return false;
    try {
      job_(index);
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
      stopped_ = true;
      return false;
    }
    ++done_;
    return true;
  }

  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::size_t count_;
  const std::function<void(std::size_t)>& job_;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::size_t> done_{0};
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::exception_ptr error_;
};

void work_until_empty(JobQueue& queue) {
  while (queue.work()) {
  }
}

}  // namespace

bool run_jobs(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& job,
              const std::function<bool(std::size_t done)>& keep_going) {
  JobQueue queue(count, job);
  const auto ask = [&] {
    if (keep_going && !keep_going(queue.done())) queue.stop();
  };
  ask();  // before a helper can have done anything: who says no at once sees nothing begun
  {
    std::vector<std::jthread> helpers;
    for (unsigned i = 1; i < threads; ++i) {
      helpers.emplace_back([&queue] { work_until_empty(queue); });
    }
    try {
      while (queue.work()) ask();
    } catch (...) {
      queue.stop();  // the helpers are waited for
      throw;
    }
  }
  queue.rethrow();
  return queue.done() == count;
}

}  // namespace flyball
