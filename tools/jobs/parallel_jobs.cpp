#include "tools/jobs/parallel_jobs.h"

#include <mutex>

#include "env/errors.h"
#include "env/job_pool.h"
#include "tools/interrupt.h"
#include "tools/progress.h"

namespace flyball {

void run_parallel(const std::string& label, std::size_t count, unsigned threads,
                  const std::function<std::string(std::size_t)>& job) {
  std::size_t done = 0;
  std::mutex mutex;  // of progress
  Progress progress(label, static_cast<double>(count));
  const auto stop = [] {
    if (interrupted()) throw Interrupted("interrupted: no table");
  };
  run_jobs(count, threads, [&](std::size_t i) {
    stop();
    const std::string what = job(i);
    const std::lock_guard lock(mutex);
    progress.update(static_cast<double>(++done), what);
  });
  stop();
}

}  // namespace flyball
