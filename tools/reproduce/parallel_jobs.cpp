#include "tools/reproduce/parallel_jobs.h"

#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "tools/exit_codes.h"
#include "tools/interrupt.h"
#include "tools/progress.h"

namespace flyball {

void run_parallel(const std::string& label, std::size_t count, unsigned threads,
                  const std::function<std::string(std::size_t)>& job) {
  std::atomic<std::size_t> next = 0;
  std::size_t done = 0;
  std::mutex mutex;
  std::exception_ptr error;
  Progress progress(label, static_cast<double>(count));
  const auto work = [&] {
    for (std::size_t i = next++; i < count && !interrupted(); i = next++) {
      try {
        const std::string what = job(i);
        const std::lock_guard lock(mutex);
        progress.update(static_cast<double>(++done), what);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!error) error = std::current_exception();
        next = count;
      }
    }
  };
  {
    std::vector<std::jthread> pool;
    for (unsigned t = 1; t < threads; ++t) pool.emplace_back(work);
    work();
  }
  if (interrupted()) throw CommandError(kExitInterrupted, "interrupted: no table");
  if (error) std::rethrow_exception(error);
}

}  // namespace flyball
